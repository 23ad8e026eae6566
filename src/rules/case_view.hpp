#pragma once

#include "rules/judge.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What a rule can ask of a case: which lines its patterns met, and what the user's words say.

namespace gpupass {

/// A line in its log. Places in different logs have no order.
struct Seen {
    std::size_t log{};
    const Sighting* line{};
};

/// Something that the user tells, and the fields in it.
struct ToldMatch {
    Evidence evidence;
    Fields fields;
};

class CaseView {
public:
    /// Both outlive the view.
    CaseView(const RuleSet& rules, const Case& of);

    /// Indexes of the rule's patterns with that role.
    const std::vector<std::size_t>& patterns(Role role, std::size_t rule) const;

    /// Lines that a pattern met, log by log.
    std::vector<Seen> seen(std::size_t pattern) const;
    /// Lines that patterns of the rule met, each once, in order.
    std::vector<Seen> seen(std::size_t rule, Role role) const;
    /// Those that betray the failure and stand where `before` and `after` want them.
    std::vector<Seen> betraying(std::size_t rule) const;
    /// Those of the lines after which nothing shows that it went well in the end.
    std::vector<Seen> unsettled(std::size_t rule, const std::vector<Seen>& lines) const;

    std::optional<Evidence> told(std::size_t pattern) const;
    std::vector<ToldMatch> told(const std::vector<std::string>& patterns) const;

private:
    template <class Predicate>
    bool each(Role role, std::size_t rule, Predicate fits) const;

    const RuleSet& rules_;
    const Case& case_;
    std::map<std::pair<Role, std::size_t>, std::vector<std::size_t>> patterns_;  // by role and owner
    mutable MatchSpace space_;
};

}  // namespace gpupass
