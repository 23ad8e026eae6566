#include "rules/case_view.hpp"

#include <algorithm>
#include <iterator>

namespace gpupass {
namespace {

constexpr std::size_t max_told = 8'192;
constexpr std::size_t max_shown = 500;

bool of_one_device(const Seen& one, const Seen& other)
{
    const auto device = one.line->device();
    const auto second = other.line->device();
    return device.empty() || second.empty() || device == second;
}

bool is_earlier(const Seen& one, const Seen& other)
{
    return one.log == other.log && one.line->evidence.line < other.line->evidence.line && of_one_device(one, other);
}

Evidence told_evidence(const std::string& key, const std::string& text, const Match& match)
{
    const bool whole = text.size() <= max_shown;
    const std::string_view part = std::string_view{text}.substr(whole ? 0 : match.from, max_shown);
    return {"told: " + key, 0, printable(part, max_shown), 0, 0};
}

}  // namespace

CaseView::CaseView(const RuleSet& rules, const Case& of) : rules_{rules}, case_{of}
{
    for (std::size_t i = 0; i < rules_.patterns().size(); ++i)
        patterns_[{rules_.patterns()[i].role, rules_.patterns()[i].owner}].push_back(i);
}

const std::vector<std::size_t>& CaseView::patterns(Role role, std::size_t rule) const
{
    static const std::vector<std::size_t> none;
    const auto found = patterns_.find({role, rule});
    return found == patterns_.end() ? none : found->second;
}

std::vector<Seen> CaseView::seen(std::size_t pattern) const
{
    std::vector<Seen> lines;
    for (std::size_t i = 0; i < case_.logs.size(); ++i)
        if (const auto found = case_.logs[i].of.find(pattern); found != case_.logs[i].of.end())
            for (const Sighting& line : found->second)
                lines.push_back({i, &line});
    return lines;
}

std::vector<Seen> CaseView::seen(std::size_t rule, Role role) const
{
    std::vector<Seen> lines;
    for (const std::size_t pattern : patterns(role, rule))
        std::ranges::copy(seen(pattern), std::back_inserter(lines));
    const auto place = [](const Seen& line) { return std::pair{line.log, line.line->evidence.line}; };
    std::ranges::stable_sort(lines, {}, [&](const Seen& line) { return std::pair{place(line), line.line->device().empty()}; });
    const auto twice = std::ranges::unique(lines, {}, place);  // of two patterns on a line, the one that names a device
    lines.erase(twice.begin(), twice.end());
    return lines;
}

template <class Predicate>
bool CaseView::each(Role role, std::size_t rule, Predicate fits) const
{
    return std::ranges::all_of(patterns(role, rule),
                               [&](std::size_t pattern) { return std::ranges::any_of(seen(pattern), fits); });
}

std::vector<Seen> CaseView::betraying(std::size_t rule) const
{
    std::vector<Seen> lines = seen(rule, Role::betrays);
    std::erase_if(lines, [&](const Seen& line) {
        return !each(Role::before, rule, [&](const Seen& other) { return is_earlier(other, line); }) ||
            !each(Role::after, rule, [&](const Seen& other) { return is_earlier(line, other); });
    });
    return lines;
}

std::vector<Seen> CaseView::unsettled(std::size_t rule, const std::vector<Seen>& lines) const
{
    std::vector<Seen> open = lines;
    const std::vector<Seen> good = seen(rule, Role::settled);
    std::erase_if(open, [&](const Seen& line) {
        return std::ranges::any_of(good, [&](const Seen& end) { return is_earlier(line, end); });
    });
    return open;
}

std::optional<Evidence> CaseView::told(std::size_t pattern) const
{
    for (const auto& [key, text] : case_.told)
        if (const auto match = rules_.match(pattern, std::string_view{text}.substr(0, max_told), space_))
            return told_evidence(key, text, *match);
    return std::nullopt;
}

std::vector<ToldMatch> CaseView::told(const std::vector<std::string>& patterns) const
{
    std::vector<ToldMatch> all;
    if (case_.told.empty())
        return all;
    for (const std::string& text : patterns)
        if (const auto pattern = Pattern::compile(text))
            for (const auto& [key, words] : case_.told)
                if (const auto match = pattern->match(std::string_view{words}.substr(0, max_told), space_))
                    all.push_back({told_evidence(key, words, *match), match->fields});
    return all;
}

}  // namespace gpupass
