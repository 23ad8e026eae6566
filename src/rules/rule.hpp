#pragma once

#include "model/finding.hpp"
#include "model/result.hpp"

#include <string>
#include <string_view>
#include <vector>

// A failure rule is data (data/rules/*.yaml): which lines betray a failure, what else must hold, its cause and its fix.
// CONTRIBUTING.md explains each key for those who write rules.

namespace gpupass {

struct Rule {
    std::string id;  // label: "vm-iommu-exposed-with-passthrough"
    bool variant{};  // another way in which the rule of that id, which stands before it, shows
    std::string title;
    std::string area;                   // "esxi"
    std::vector<std::string> also;      // at most two further labels that fit the same lines
    bool umbrella{};                    // a banner that names no cause
    Severity severity{Severity::error};
    Certainty certainty{Certainty::likely};
    bool check_alone{};                 // a check of the host that holds is a failure, also without a line
    std::string check;                  // named fact check that confirms or refutes it; "" when there is none
    std::vector<std::string> patterns;  // PCRE2, searched in log lines; named groups become {fields}
    std::vector<std::string> told;      // PCRE2, searched in what the user tells
    std::vector<std::string> said;      // each must be found as well in what the user tells
    std::vector<std::string> present;   // each must be found as well, in a log or in what the user tells
    std::vector<std::string> absent;    // none may be found there
    std::vector<std::string> before;    // each must be found in an earlier line of the same log
    std::vector<std::string> after;     // ... in a later line
    std::vector<std::string> settled;   // a later line that shows that all went well: no more than a note then
    std::vector<std::string> facts;     // conditions that must be known to hold: "gpu.sriov = no"
    std::vector<std::string> unless;    // conditions that must not be known to hold
    std::vector<std::string> over;      // ids of findings that this one explains
    std::string cause;                  // text with {fields}
    std::vector<std::string> fix;
    std::vector<std::string> collect;
    std::vector<std::string> links;
    std::vector<std::string> matches;   // lines that patterns or told must match
    std::vector<std::string> ignores;   // lines they must not
};

/// What lines tell beside failures: a line that matches gives the fact a value.
struct Observation {
    std::string fact;                   // "kernel"
    std::string value;                  // "": what the group (?<value>...) holds
    std::vector<std::string> patterns;  // PCRE2, searched in log lines and in what the user tells
};

struct Knowledge {
    std::vector<Rule> rules;
    std::vector<Observation> observations;
};

/// Reads one rule file. Hostile input: unknown keys, wrong types, bad patterns and conditions are errors that name file,
/// line, rule and key.
Result<std::vector<Rule>> parse_rules(std::string_view yaml, std::string_view file_name);
/// Likewise for data/observations.yaml.
Result<std::vector<Observation>> parse_observations(std::string_view yaml, std::string_view file_name);

/// Rules as bytes that load in well under a millisecond, for the program's own ones: YAML would take 20 at each start.
std::string pack(const Knowledge& knowledge);
/// Only for what pack() made: throws std::logic_error on anything else.
Knowledge unpack(std::string_view bytes);

}  // namespace gpupass
