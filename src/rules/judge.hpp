#pragma once

#include "model/facts.hpp"
#include "rules/known.hpp"
#include "rules/rule_set.hpp"
#include "rules/scanner.hpp"

#include <vector>

namespace gpupass {

/// All that speaks: lines of logs, what the user tells, facts of a host (null: none).
struct Case {
    std::vector<Sightings> logs;
    Told told;
    const HostFacts* host{};
    bool by_facts{};  // a check of the host's facts that holds is a finding, even when no line tells it
};

/// Pure: findings, best first, each rule at most once with at most 5 lines of evidence. The order: severity, what another
/// finding explains last, certainty, how many of the rule's conditions were needed and met, the first line. A check of
/// the host's facts refutes (dropped) or confirms (certain). Umbrellas stay only while nothing but notes is there.
std::vector<Finding> judge(const RuleSet& rules, const Case& of);

}  // namespace gpupass
