#include "rules/rule_set.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace gpupass {
namespace {

void add_patterns(std::vector<SearchPattern>& all, const std::vector<std::string>& texts, Role role, std::size_t owner)
{
    for (const std::string& text : texts)
        all.push_back({text, role, owner});
}

/// Whether its first match in a block says all. Not so when each match tells another value, nor when the first one may reach
/// over the end of a line, so that PCRE2 refuses it and a true one behind it is wanted.
bool is_wanted_once(const SearchPattern& pattern)
{
    if (pattern.role != Role::present && pattern.role != Role::absent && pattern.role != Role::observes)
        return false;
    return std::ranges::none_of(std::array{"(?<", "\\s", "\\W", "\\D", "[^"},
                                [&](std::string_view part) { return pattern.text.contains(part); });
}

}  // namespace

Result<LineFinder> make_finder(const std::vector<SearchPattern>& patterns)
{
    std::vector<LineFinder::Wanted> wanted;
    for (const SearchPattern& pattern : patterns)
        wanted.push_back({pattern.text, is_wanted_once(pattern)});
    return LineFinder::compile(wanted);
}

std::vector<SearchPattern> search_patterns(const Knowledge& knowledge)
{
    std::vector<SearchPattern> all;
    for (std::size_t i = 0; i < knowledge.rules.size(); ++i) {
        const Rule& rule = knowledge.rules[i];
        add_patterns(all, rule.patterns, Role::betrays, i);
        add_patterns(all, rule.present, Role::present, i);
        add_patterns(all, rule.absent, Role::absent, i);
        add_patterns(all, rule.before, Role::before, i);
        add_patterns(all, rule.after, Role::after, i);
        add_patterns(all, rule.settled, Role::settled, i);
    }
    for (std::size_t i = 0; i < knowledge.observations.size(); ++i)
        add_patterns(all, knowledge.observations[i].patterns, Role::observes, i);
    return all;
}

}  // namespace gpupass
