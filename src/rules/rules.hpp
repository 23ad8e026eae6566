#pragma once

#include "knowledge/words.hpp"
#include "model/facts.hpp"
#include "rules/rule.hpp"
#include "rules/scanner.hpp"

#include <span>
#include <string_view>
#include <vector>

// The rules that are compiled in, for those who know a failure by its id or have its log in hand.

namespace gpupass {

/// In file order.
const std::vector<Rule>& builtin_rules();
/// nullptr when there is none.
const Rule* find_rule(std::string_view id);

/// A finding from a rule without log lines (facts alone show it), with {fields} filled from name-value pairs.
Finding finding_of(const Rule& rule, const Fields& fields = {});
/// The same by id; the id must exist (a test checks every id that code uses).
Finding finding_of(std::string_view rule_id, const Fields& fields = {});

/// It is only a note, or a banner (umbrella).
bool names_no_cause(const Finding& finding);

/// judge() with the built-in rules on texts that fit into memory.
std::vector<Finding> match_rules(std::span<const LogText> texts, const HostFacts* facts = nullptr);

}  // namespace gpupass
