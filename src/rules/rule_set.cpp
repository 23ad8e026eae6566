#include "rules/rule_set.hpp"

#include "rules/embedded.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace gpupass {
namespace {

LineFinder embedded_finder()
{
    auto finder = LineFinder::load(embedded_search_tables());
    if (!finder)
        throw std::runtime_error{finder.error().what};
    return std::move(*finder);
}

}  // namespace

void RuleSet::add(Knowledge knowledge, LineFinder finder)
{
    const std::size_t first_rule = knowledge_.rules.size();
    const std::size_t first_observation = knowledge_.observations.size();
    finders_.push_back({std::move(finder), patterns_.size()});
    for (SearchPattern& pattern : search_patterns(knowledge)) {
        pattern.owner += pattern.role == Role::observes ? first_observation : first_rule;
        patterns_.push_back(std::move(pattern));
        compiled_.emplace_back();
    }
    std::ranges::move(knowledge.rules, std::back_inserter(knowledge_.rules));
    std::ranges::move(knowledge.observations, std::back_inserter(knowledge_.observations));
}

const RuleSet& RuleSet::builtin()
{
    static const RuleSet set = [] {
        RuleSet made;
        made.add(unpack(embedded_rules()), embedded_finder());
        return made;
    }();
    return set;
}

Result<RuleSet> RuleSet::of(Knowledge knowledge)
{
    auto finder = make_finder(search_patterns(knowledge));
    if (!finder)
        return std::unexpected(std::move(finder.error()));
    RuleSet made;
    made.add(std::move(knowledge), std::move(*finder));
    return made;
}

Result<RuleSet> RuleSet::builtin_and(std::vector<Rule> more)
{
    for (const Rule& rule : more)
        if (builtin().find(rule.id))
            return fail(ErrorKind::parse, fmt::format("there is a rule {:?} already", rule.id), "give yours another id");
    Knowledge knowledge{std::move(more), {}};
    auto finder = make_finder(search_patterns(knowledge));
    if (!finder)
        return std::unexpected(std::move(finder.error()));
    RuleSet made;
    made.add(unpack(embedded_rules()), embedded_finder());
    made.add(std::move(knowledge), std::move(*finder));
    return made;
}

const Rule* RuleSet::find(std::string_view id) const
{
    const auto found = std::ranges::find(rules(), id, &Rule::id);
    return found == rules().end() ? nullptr : &*found;
}

std::optional<Match> RuleSet::match(std::size_t pattern, std::string_view line, MatchSpace& space) const
{
    Lazy& lazy = compiled_[pattern];
    std::call_once(lazy.once, [&] {
        if (auto compiled = Pattern::compile(patterns_[pattern].text))
            lazy.pattern = std::move(*compiled);
    });
    return lazy.pattern ? lazy.pattern->match(line, space) : std::nullopt;
}

}  // namespace gpupass
