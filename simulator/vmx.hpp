#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A .vmx file as hostd keeps it: lines in their order, those it does not understand too.

namespace gpupass::sim {

class Vmx {
public:
    explicit Vmx(std::string_view text);

    /// The value without escapes; keys are compared whatever their case.
    std::optional<std::string> get(std::string_view key) const;
    std::string get_or(std::string_view key, std::string_view otherwise) const;
    long long number(std::string_view key, long long otherwise) const;
    bool is_true(std::string_view key) const;
    /// Changes the value where the key stands (its spelling stays), else adds a line at the end.
    void set(std::string_view key, std::string_view value);
    std::string text() const;
    /// Pairs in their order, for the log.
    std::vector<std::pair<std::string, std::string>> pairs() const;
    /// "line N: ..." when a key is there twice.
    std::optional<std::string> duplicate() const;

private:
    struct Line {
        std::string raw;
        std::string key;  // "" when it is no pair
        std::string value;
    };
    static Line parse(std::string_view raw);
    std::vector<Line> lines_;
};

}  // namespace gpupass::sim
