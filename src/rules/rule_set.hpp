#pragma once

#include "rules/line_finder.hpp"
#include "rules/pattern.hpp"
#include "rules/rule.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass {

/// What a line that matches a pattern means to the rule (or the observation) it belongs to.
enum class Role { betrays, present, absent, before, after, settled, observes };

struct SearchPattern {
    std::string text;
    Role role{};
    std::size_t owner{};  // index of the rule; for Role::observes of the observation
};

/// All patterns that are searched in logs, in a fixed order.
std::vector<SearchPattern> search_patterns(const Knowledge& knowledge);
/// The searcher for them. That something is there at all needs to be found only once in a block.
Result<LineFinder> make_finder(const std::vector<SearchPattern>& patterns);

/// Rules ready to search. Constant to the outside, so threads may share it.
class RuleSet {
public:
    /// What is compiled in.
    static const RuleSet& builtin();
    /// What is compiled in, and more rules. Two of one id are an error, and so is a pattern that cannot be searched for.
    static Result<RuleSet> builtin_and(std::vector<Rule> more);
    static Result<RuleSet> of(Knowledge knowledge);

    const std::vector<Rule>& rules() const { return knowledge_.rules; }
    const std::vector<Observation>& observations() const { return knowledge_.observations; }
    const std::vector<SearchPattern>& patterns() const { return patterns_; }
    const Rule* find(std::string_view id) const;

    /// The last word on whether a pattern (by its index) matches a line. Compiles it at its first use.
    std::optional<Match> match(std::size_t pattern, std::string_view line, MatchSpace& space) const;

    /// A searcher and the index of its first pattern.
    struct Finder {
        LineFinder finder;
        std::size_t first{};
    };
    /// Made ready at the first call: who only looks a rule up does not wait for them.
    const std::vector<Finder>& finders() const;

private:
    struct Lazy {
        std::once_flag once;
        std::optional<Pattern> pattern;
    };
    using MakeFinder = std::function<LineFinder()>;
    void add(Knowledge knowledge, MakeFinder make);
    Result<void> add_checked(Knowledge knowledge);

    Knowledge knowledge_;
    std::vector<SearchPattern> patterns_;
    mutable std::deque<Lazy> compiled_;  // as patterns_
    struct Part {
        MakeFinder make;
        std::size_t first{};
    };
    struct Finders {
        std::once_flag once;
        std::vector<Part> parts;
        std::vector<Finder> made;
    };
    std::unique_ptr<Finders> finders_ = std::make_unique<Finders>();
};

}  // namespace gpupass
