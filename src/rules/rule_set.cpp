#include "rules/rule_set.hpp"

#include "rules/embedded.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

namespace gpupass {
namespace {

/// The tables that were made with the program, or, where they do not fit the processor or library here, new ones.
LineFinder embedded_finder()
{
    if (auto finder = LineFinder::load(embedded_search_tables()))
        return std::move(*finder);
    auto made = make_finder(search_patterns(unpack(embedded_rules())));
    if (!made)
        throw std::runtime_error{made.error().what};
    return std::move(*made);
}

/// The finder of rules from outside, or an error that names the rule.
Result<std::shared_ptr<LineFinder>> finder_for(const Knowledge& knowledge)
{
    const auto patterns = search_patterns(knowledge);
    if (patterns.empty())
        return nullptr;
    if (auto all = make_finder(patterns))
        return std::make_shared<LineFinder>(std::move(*all));
    for (const SearchPattern& pattern : patterns)
        if (auto one = make_finder({pattern}); !one && pattern.role != Role::observes)
            return at(std::move(one.error()), "rule " + knowledge.rules[pattern.owner].id);
    return fail(ErrorKind::parse, "the patterns together cannot be searched for");
}

Result<void> check_ids(const std::vector<Rule>& more)
{
    std::set<std::string_view> ids;
    for (const Rule& rule : more)
        if (RuleSet::builtin().find(rule.id) || (!ids.insert(rule.id).second && !rule.variant))
            return fail(ErrorKind::parse, fmt::format("there is a rule {:?} already", rule.id), "give yours another id");
    return {};
}

}  // namespace

void RuleSet::add(Knowledge knowledge, MakeFinder make)
{
    const std::size_t first_rule = knowledge_.rules.size();
    const std::size_t first_observation = knowledge_.observations.size();
    if (make)
        finders_->parts.push_back({std::move(make), patterns_.size()});
    for (SearchPattern& pattern : search_patterns(knowledge)) {
        pattern.owner += pattern.role == Role::observes ? first_observation : first_rule;
        patterns_.push_back(std::move(pattern));
        compiled_.emplace_back();
    }
    std::ranges::move(knowledge.rules, std::back_inserter(knowledge_.rules));
    std::ranges::move(knowledge.observations, std::back_inserter(knowledge_.observations));
}

const std::vector<RuleSet::Finder>& RuleSet::finders() const
{
    std::call_once(finders_->once, [&] {
        for (const Part& part : finders_->parts)
            finders_->made.push_back({part.make(), part.first});
    });
    return finders_->made;
}

const RuleSet& RuleSet::builtin()
{
    static const RuleSet set = [] {
        RuleSet made;
        made.add(unpack(embedded_rules()), embedded_finder);
        return made;
    }();
    return set;
}

Result<RuleSet> RuleSet::of(Knowledge knowledge)
{
    RuleSet made;
    if (auto added = made.add_checked(std::move(knowledge)); !added)
        return std::unexpected(std::move(added.error()));
    return made;
}

Result<RuleSet> RuleSet::builtin_and(std::vector<Rule> more)
{
    if (auto unique = check_ids(more); !unique)
        return std::unexpected(std::move(unique.error()));
    RuleSet made;
    made.add(unpack(embedded_rules()), embedded_finder);
    if (auto added = made.add_checked({std::move(more), {}}); !added)
        return std::unexpected(std::move(added.error()));
    return made;
}

Result<void> RuleSet::add_checked(Knowledge knowledge)
{
    auto finder = finder_for(knowledge);
    if (!finder)
        return std::unexpected(std::move(finder.error()));
    MakeFinder make;
    if (*finder)
        make = [finder = *finder] { return std::move(*finder); };
    add(std::move(knowledge), std::move(make));
    return {};
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
