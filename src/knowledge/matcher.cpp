#include "knowledge/matcher.hpp"

#include "knowledge/checks.hpp"
#include "knowledge/words.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace gpupass {
namespace {

constexpr std::size_t max_line = 8'192;  // longer lines are searched that far
constexpr std::size_t max_evidence = 5;
constexpr std::size_t max_shown = 500;

std::string_view next_line(std::string_view& text)
{
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line.substr(0, max_line);
}

std::optional<Fields> match_any(const std::vector<Pattern>& patterns, std::string_view line, MatchSpace& space)
{
    for (const Pattern& pattern : patterns)
        if (auto fields = pattern.match(line, space))
            return fields;
    return std::nullopt;
}

/// What facts say of a hit: nullopt when they refute it.
std::optional<Finding> judge(const Rule& rule, const Matcher::Hit& hit, const HostFacts* facts)
{
    Finding finding = finding_of(rule, hit.fields);
    finding.evidence = hit.evidence;
    const Check check = facts ? find_check(rule.check) : nullptr;
    const std::optional<bool> holds = check ? check(*facts, hit.fields) : std::nullopt;
    if (holds == false)
        return std::nullopt;
    if (holds)
        finding.certainty = Certainty::certain;
    return finding;
}

struct Ranked {
    Finding finding;
    bool umbrella{};
    std::size_t rule{};
};

std::vector<Finding> best_first(std::vector<Ranked> ranked)
{
    const bool only_umbrellas = std::ranges::all_of(ranked, &Ranked::umbrella);
    std::ranges::sort(ranked, {}, [](const Ranked& one) {
        return std::tuple{one.finding.severity, one.finding.certainty, one.rule};
    });
    std::vector<Finding> findings;
    for (Ranked& one : ranked)
        if (only_umbrellas || !one.umbrella)
            findings.push_back(std::move(one.finding));
    return findings;
}

}  // namespace

Matcher::Matcher(std::span<const Rule> rules) : rules_{rules}, patterns_(rules.size())
{
    for (std::size_t i = 0; i < rules.size(); ++i)
        for (const std::string& text : rules[i].patterns)
            if (auto pattern = Pattern::compile(text)) {
                pattern->to_machine_code();
                patterns_[i].push_back(std::move(*pattern));
            }
}

/// Shows one line to every rule that still wants evidence.
void Matcher::read_line(std::string_view line, const Evidence& place, std::vector<Hit>& hits, MatchSpace& space) const
{
    for (std::size_t i = 0; i < hits.size(); ++i) {
        if (hits[i].evidence.size() == max_evidence)
            continue;
        auto fields = match_any(patterns_[i], line, space);
        if (!fields)
            continue;
        if (hits[i].evidence.empty())
            hits[i].fields = std::move(*fields);
        hits[i].evidence.push_back({place.source, place.line, printable(line, max_shown)});
    }
}

std::vector<Finding> Matcher::match(std::span<const LogText> texts, const HostFacts* facts) const
{
    MatchSpace space;
    std::vector<Hit> hits(rules_.size());
    for (const LogText& log : texts) {
        std::string_view rest = log.text;
        for (long number = 1; !rest.empty(); ++number)
            read_line(next_line(rest), {log.source, number, {}}, hits, space);
    }
    std::vector<Ranked> ranked;
    for (std::size_t i = 0; i < hits.size(); ++i)
        if (!hits[i].evidence.empty())
            if (auto finding = judge(rules_[i], hits[i], facts))
                ranked.push_back({std::move(*finding), rules_[i].umbrella, i});
    return best_first(std::move(ranked));
}

}  // namespace gpupass
