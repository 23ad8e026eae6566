#include "rules/rule_set.hpp"

namespace gpupass {
namespace {

void add_patterns(std::vector<SearchPattern>& all, const std::vector<std::string>& texts, Role role, std::size_t owner)
{
    for (const std::string& text : texts)
        all.push_back({text, role, owner});
}

bool needs_no_place(Role role)
{
    return role == Role::present || role == Role::absent || role == Role::observes;
}

}  // namespace

Result<LineFinder> make_finder(const std::vector<SearchPattern>& patterns)
{
    std::vector<LineFinder::Wanted> wanted;
    for (const SearchPattern& pattern : patterns)
        wanted.push_back({pattern.text, needs_no_place(pattern.role)});
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
