#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gpupass {

enum class Certainty { certain, likely, possible };
enum class Severity { error, warning, info };
std::string to_string(Certainty certainty);
std::string to_string(Severity severity);

/// A line that proves a finding.
struct Evidence {
    std::string source;  // file or log name
    long line{};         // from 1; 0 when it has no number
    std::string text;
    std::size_t from{};  // the part of the text that tells it: begin
    std::size_t to{};    // and end; nothing is marked when both are 0
    bool operator==(const Evidence&) const = default;
};

/// What is wrong (or worth knowing), how sure that is, and what to do.
struct Finding {
    std::string id;                 // rule id: "esxi-viommu-on"
    std::vector<std::string> also;  // at most 2 further labels
    std::string title;
    Certainty certainty{Certainty::possible};
    Severity severity{Severity::info};
    std::string cause;
    std::vector<std::string> fix;
    std::vector<std::string> collect;
    std::vector<std::string> links;
    std::vector<Evidence> evidence;
    bool operator==(const Finding&) const = default;
};

}  // namespace gpupass
