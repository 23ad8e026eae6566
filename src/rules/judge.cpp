#include "rules/judge.hpp"

#include "rules/checks.hpp"
#include "rules/rules.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

namespace gpupass {
namespace {

constexpr std::size_t max_evidence = 5;
constexpr std::size_t max_told = 8'192;
constexpr std::size_t max_shown = 500;

/// A line in its log. Places in different logs have no order.
struct Seen {
    std::size_t log{};
    const Sighting* line{};
};

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

struct Ranked {
    Finding finding;
    const Rule* rule{};
    bool explained{};
    int met{};            // conditions
    std::size_t log{};    // place of the first line
    long line{};
    std::size_t index{};  // of the rule
};

/// Looks at one case with all rules.
class Judge {
public:
    Judge(const RuleSet& rules, const Case& of)
        : rules_{rules}, case_{of}, known_{known_facts(rules, of.logs, of.told, of.host)}
    {
        for (std::size_t i = 0; i < rules_.patterns().size(); ++i)
            patterns_[{rules_.patterns()[i].role, rules_.patterns()[i].owner}].push_back(i);
    }

    std::vector<Ranked> all()
    {
        std::vector<Ranked> found;
        for (std::size_t i = 0; i < rules_.rules().size(); ++i)
            if (auto one = look(i))
                found.push_back(std::move(*one));
        return found;
    }

private:
    std::optional<Ranked> look(std::size_t index)
    {
        const Rule& rule = rules_.rules()[index];
        std::vector<Seen> lines = betraying_lines(index);
        std::vector<Evidence> told = matches_told(rule.told);
        const bool by_check = lines.empty() && told.empty() && checked(rule);
        const bool by_facts = by_check || (rule.patterns.empty() && rule.told.empty() && !rule.facts.empty());
        if (lines.empty() && told.empty() && !by_facts)
            return std::nullopt;
        Ranked ranked{.finding = {}, .rule = &rule, .index = index};
        std::vector<Evidence> support;
        if (!by_check && !conditions_hold(index, support))
            return std::nullopt;
        const std::vector<Seen> open = unsettled(index, lines);
        const bool settled = lines.empty() ? !seen(index, Role::settled).empty() : open.empty();
        const std::vector<Seen>& shown = open.empty() ? lines : open;
        const Fields fields = shown.empty() ? Fields{} : shown.front().line->fields;
        ranked.finding = finding_of(rule, fields);
        if (!confirm(rule, fields, ranked.finding))
            return std::nullopt;
        if (settled)
            ranked.finding.severity = Severity::info;
        if (lines.empty() && !by_facts)
            ranked.finding.certainty = Certainty::possible;
        ranked.met = static_cast<int>(rule.said.size() + rule.present.size() + rule.before.size() + rule.after.size() + rule.facts.size()) +
            (told.empty() ? 0 : 1);
        ranked.log = shown.empty() ? case_.logs.size() : shown.front().log;
        ranked.line = shown.empty() ? 0 : shown.front().line->evidence.line;
        if (by_check)
            support.push_back({"facts of the host", 0, rule.check, 0, 0});
        add_evidence(ranked.finding, shown, told, support);
        return ranked;
    }

    bool conditions_hold(std::size_t index, std::vector<Evidence>& support) const
    {
        const Rule& rule = rules_.rules()[index];
        return is_said(rule, support) && has_present(index, support) && !has_absent(index) && facts_hold(rule, support);
    }

    bool checked(const Rule& rule) const
    {
        const Check check = case_.by_facts && case_.host && !rule.variant ? find_check(rule.check) : nullptr;
        return check && check(*case_.host, {}) == true;
    }

    /// Lines of the rule's patterns that stand where `before` and `after` want them, in order.
    std::vector<Seen> betraying_lines(std::size_t rule) const
    {
        std::vector<Seen> lines = seen(rule, Role::betrays);
        std::erase_if(lines, [&](const Seen& line) {
            return !each_pattern(rule, Role::before, [&](const Seen& other) { return is_earlier(other, line); }) ||
                !each_pattern(rule, Role::after, [&](const Seen& other) { return is_earlier(line, other); });
        });
        return lines;
    }

    std::vector<Seen> unsettled(std::size_t rule, const std::vector<Seen>& lines) const
    {
        std::vector<Seen> open = lines;
        const std::vector<Seen> good = seen(rule, Role::settled);
        std::erase_if(open, [&](const Seen& line) {
            return std::ranges::any_of(good, [&](const Seen& end) { return is_earlier(line, end); });
        });
        return open;
    }

    bool is_said(const Rule& rule, std::vector<Evidence>& support) const
    {
        for (const std::string& pattern : rule.said) {
            auto told = matches_told({pattern});
            if (told.empty())
                return false;
            support.push_back(std::move(told.front()));
        }
        return true;
    }

    bool has_present(std::size_t rule, std::vector<Evidence>& support) const
    {
        for (const std::size_t pattern : of(Role::present, rule)) {
            if (const auto lines = seen(pattern); !lines.empty())
                support.push_back(lines.front().line->evidence);
            else if (auto told = match_told(pattern))
                support.push_back(std::move(*told));
            else
                return false;
        }
        return true;
    }

    bool has_absent(std::size_t rule) const
    {
        return std::ranges::any_of(of(Role::absent, rule), [&](std::size_t pattern) {
            return !seen(pattern).empty() || match_told(pattern).has_value();
        });
    }

    bool facts_hold(const Rule& rule, std::vector<Evidence>& support) const
    {
        for (const std::string& text : rule.unless)
            if (const auto condition = parse_condition(text); condition && known_.only_meets(*condition))
                return false;
        for (const std::string& text : rule.facts) {
            const auto condition = parse_condition(text);
            const KnownFacts::Value* value = condition ? known_.meeting(*condition) : nullptr;
            if (!value)
                return false;
            if (value->seen)
                support.push_back(*value->seen);
        }
        return true;
    }

    /// False: the host's facts refute it.
    bool confirm(const Rule& rule, const Fields& fields, Finding& finding) const
    {
        const Check check = case_.host ? find_check(rule.check) : nullptr;
        const std::optional<bool> answer = check ? check(*case_.host, fields) : std::nullopt;
        if (answer == true)
            finding.certainty = Certainty::certain;
        return answer != false;
    }

    static void add_evidence(Finding& finding, const std::vector<Seen>& lines, const std::vector<Evidence>& told,
                             const std::vector<Evidence>& support)
    {
        std::vector<Evidence>& all = finding.evidence;
        for (const Seen& line : lines)
            all.push_back(line.line->evidence);
        if (all.size() + support.size() > max_evidence)
            all.resize(std::min(all.size(), std::max<std::size_t>(1, max_evidence - std::min(support.size(), max_evidence))));
        std::ranges::copy(told, std::back_inserter(all));
        for (const Evidence& one : support)
            if (std::ranges::find(all, one) == all.end())
                all.push_back(one);
        all.resize(std::min(all.size(), max_evidence));
    }

    const std::vector<std::size_t>& of(Role role, std::size_t rule) const
    {
        static const std::vector<std::size_t> none;
        const auto found = patterns_.find({role, rule});
        return found == patterns_.end() ? none : found->second;
    }

    std::vector<Seen> seen(std::size_t pattern) const
    {
        std::vector<Seen> lines;
        for (std::size_t i = 0; i < case_.logs.size(); ++i)
            if (const auto found = case_.logs[i].of.find(pattern); found != case_.logs[i].of.end())
                for (const Sighting& line : found->second)
                    lines.push_back({i, &line});
        return lines;
    }

    std::vector<Seen> seen(std::size_t rule, Role role) const
    {
        std::vector<Seen> lines;
        std::set<std::pair<std::size_t, long>> places;
        for (const std::size_t pattern : of(role, rule))
            for (const Seen& line : seen(pattern))
                if (places.insert({line.log, line.line->evidence.line}).second)
                    lines.push_back(line);
        std::ranges::sort(lines, {}, [](const Seen& line) { return std::tuple{line.log, line.line->evidence.line}; });
        return lines;
    }

    template <class Predicate>
    bool each_pattern(std::size_t rule, Role role, Predicate fits) const
    {
        return std::ranges::all_of(of(role, rule),
                                   [&](std::size_t pattern) { return std::ranges::any_of(seen(pattern), fits); });
    }

    std::optional<Evidence> match_told(std::size_t pattern) const
    {
        for (const auto& [key, text] : case_.told)
            if (const auto match = rules_.match(pattern, std::string_view{text}.substr(0, max_told), space_))
                return told_evidence(key, text, *match);
        return std::nullopt;
    }

    std::vector<Evidence> matches_told(const std::vector<std::string>& patterns) const
    {
        std::vector<Evidence> all;
        if (case_.told.empty())
            return all;
        for (const std::string& text : patterns)
            if (const auto pattern = Pattern::compile(text))
                for (const auto& [key, words] : case_.told)
                    if (const auto match = pattern->match(std::string_view{words}.substr(0, max_told), space_))
                        all.push_back(told_evidence(key, words, *match));
        return all;
    }

    static Evidence told_evidence(const std::string& key, const std::string& text, const Match& match)
    {
        const bool whole = text.size() <= max_shown;
        const std::string_view part = std::string_view{text}.substr(whole ? 0 : match.from, max_shown);
        return {"told: " + key, 0, printable(part, max_shown), 0, 0};
    }

    const RuleSet& rules_;
    const Case& case_;
    KnownFacts known_;
    std::map<std::pair<Role, std::size_t>, std::vector<std::size_t>> patterns_;  // by role and owner
    mutable MatchSpace space_;
};

void mark_explained(std::vector<Ranked>& all)
{
    std::set<std::string_view> explained;
    for (const Ranked& one : all)
        if (one.finding.severity != Severity::info)
            explained.insert(one.rule->over.begin(), one.rule->over.end());
    for (Ranked& one : all)
        one.explained = explained.contains(one.rule->id);
}

}  // namespace

std::vector<Finding> judge(const RuleSet& rules, const Case& of)
{
    std::vector<Ranked> all = Judge{rules, of}.all();
    mark_explained(all);
    std::ranges::sort(all, {}, [](const Ranked& one) {
        return std::tuple{one.finding.severity, one.explained, one.finding.certainty, -one.met, one.log, one.line, one.index};
    });
    const bool only_umbrellas = std::ranges::all_of(
        all, [](const Ranked& one) { return one.rule->umbrella || one.finding.severity == Severity::info; });
    std::vector<Finding> findings;
    std::set<std::string_view> told;  // a rule and its variants are one finding: the first
    for (Ranked& one : all)
        if ((only_umbrellas || !one.rule->umbrella) && told.insert(one.rule->id).second)
            findings.push_back(std::move(one.finding));
    return findings;
}

}  // namespace gpupass
