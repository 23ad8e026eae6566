#pragma once

#include "diagnose/decoder.hpp"
#include "rules/scanner.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass {

struct ReadLogs {
    std::vector<Sightings> logs;     // only those that said something; in their order
    long lines{};
    long long bytes{};               // of text
    std::vector<std::string> notes;  // what was left out, and why
};

/// Searches log after log. What it keeps is bounded: of a kind of line that many logs have, the first logs that have it.
class LogSearch {
public:
    explicit LogSearch(const RuleSet& rules) : rules_{rules}, scanner_{rules} {}

    void begin(const std::string& name);
    void feed(std::string_view bytes);
    void end();
    ReadLogs result() { return std::move(read_); }

private:
    void keep(Sightings seen);
    bool has_enough(std::size_t pattern) const;

    const RuleSet& rules_;
    Scanner scanner_;
    std::unique_ptr<Decoder> decoder_;
    bool fresh_{};
    EscapeFilter escapes_;
    std::string plain_;  // bytes without escapes
    ReadLogs read_;
    std::map<std::size_t, int> logs_with_;  // by pattern
    std::size_t kept_{};
};

}  // namespace gpupass
