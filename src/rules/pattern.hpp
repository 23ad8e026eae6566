#pragma once

#include "knowledge/words.hpp"
#include "model/result.hpp"

#include <memory>
#include <optional>
#include <string_view>

// A PCRE2 pattern that cannot hang: the work for one line is bounded.

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace gpupass {

struct PcreRelease {
    void operator()(pcre2_real_code_8* code) const noexcept;
    void operator()(pcre2_real_match_data_8* data) const noexcept;
    void operator()(pcre2_real_match_context_8* context) const noexcept;
};

/// What matching writes to. One a thread; patterns themselves are constant and shared.
class MatchSpace {
public:
    MatchSpace();

private:
    friend class Pattern;
    std::unique_ptr<pcre2_real_match_data_8, PcreRelease> data_;
    std::unique_ptr<pcre2_real_match_context_8, PcreRelease> context_;
};

struct Match {
    std::size_t from{};
    std::size_t to{};  // behind its last byte
    Fields fields;     // of the named groups that took part, as printable text
};

class Pattern {
public:
    static Result<Pattern> compile(std::string_view pattern);
    /// What matches first in `line`; nullopt: nothing does, or it is more work than allowed.
    std::optional<Match> match(std::string_view line, MatchSpace& space) const;

private:
    explicit Pattern(pcre2_real_code_8* code) : code_{code} {}
    std::unique_ptr<pcre2_real_code_8, PcreRelease> code_;
};

}  // namespace gpupass
