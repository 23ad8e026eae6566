#pragma once

#include "knowledge/pattern.hpp"
#include "knowledge/rules.hpp"

#include <span>
#include <vector>

namespace gpupass {

/// Rules ready to be matched: their patterns compiled once. Constant afterwards, so threads may share it.
class Matcher {
public:
    /// `rules` come from parse_rules() and outlive the matcher.
    explicit Matcher(std::span<const Rule> rules);
    /// See match_rules().
    std::vector<Finding> match(std::span<const LogText> texts, const HostFacts* facts) const;

    /// What the lines said about one rule.
    struct Hit {
        Fields fields;  // of the first line that matched
        std::vector<Evidence> evidence;
    };

private:
    void read_line(std::string_view line, const Evidence& place, std::vector<Hit>& hits, MatchSpace& space) const;
    std::span<const Rule> rules_;
    std::vector<std::vector<Pattern>> patterns_;  // of each rule
};

}  // namespace gpupass
