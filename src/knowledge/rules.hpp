#pragma once

#include "model/facts.hpp"
#include "model/finding.hpp"
#include "model/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Failure rules are data (data/rules/*.yaml, compiled in). A rule says which lines betray a failure, its cause and
// its fix; a matcher turns log lines into findings.

namespace gpupass {

struct Rule {
    std::string id;  // label: "esxi-viommu-on"
    std::string title;
    std::string area;                   // "esxi"
    std::vector<std::string> also;      // at most two further labels that fit the same lines
    std::vector<std::string> patterns;  // PCRE2, named groups become {fields}; empty for rules that only code raises
    bool umbrella{};                    // a banner that names no cause: dropped when any other finding is there
    Severity severity{Severity::error};
    Certainty certainty{Certainty::likely};
    std::string check;                  // named fact check that confirms or refutes it; "" when there is none
    std::string cause;                  // text with {fields}
    std::vector<std::string> fix;
    std::vector<std::string> collect;
    std::vector<std::string> links;
    std::vector<std::string> matches;   // lines the patterns must match
    std::vector<std::string> ignores;   // lines they must not
};

/// Reads one rule file. Hostile input: unknown keys, wrong types, bad patterns are errors that name rule and key.
Result<std::vector<Rule>> parse_rules(std::string_view yaml, std::string_view file_name);

/// All rules that are compiled in, in file order. Parsed at first use.
const std::vector<Rule>& builtin_rules();
const Rule* find_rule(std::string_view id);

/// A finding from a rule without log lines (facts alone show it), with {fields} filled from name-value pairs.
Finding finding_of(const Rule& rule, const std::vector<std::pair<std::string, std::string>>& fields = {});
/// The same by id; the id must exist (a test checks every id that code uses).
Finding finding_of(std::string_view rule_id, const std::vector<std::pair<std::string, std::string>>& fields = {});

/// A named text to be searched.
struct LogText {
    std::string source;
    std::string text;
};

/// Findings in the texts, best first: specific before umbrella (umbrellas only when nothing else is there), then by
/// severity and certainty. A check refutes (finding dropped) or confirms (certain) when facts are given; unknown facts
/// leave the certainty as the rule has it. Each rule gives at most one finding, with at most 5 lines of evidence.
std::vector<Finding> match_rules(std::span<const LogText> texts, const HostFacts* facts = nullptr);

}  // namespace gpupass
