#pragma once

#include "rules/judge.hpp"

#include <string>
#include <vector>

// From files, archives, a host's logs and what a person tells, to findings: read here, judged in rules/.

namespace gpupass {

/// What is to be looked at.
struct DiagnoseRequest {
    std::vector<std::string> files;  // logs or archives; "-" is standard input
    std::vector<LogText> texts;      // of a host
    Told told;
    const HostFacts* host{};         // null: none is known
};

struct Diagnosis {
    std::vector<Finding> findings;   // best first
    std::vector<std::string> sources;  // what was read
    long lines{};
    long long bytes{};
    std::vector<std::string> notes;  // what was left out, and why
};

/// Reads all files (several at a time) and judges what they say together. One that cannot be read is an error.
Result<Diagnosis> diagnose(const RuleSet& rules, const DiagnoseRequest& request);

}  // namespace gpupass
