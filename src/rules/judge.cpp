#include "rules/judge.hpp"

#include "rules/case_view.hpp"
#include "rules/checks.hpp"
#include "rules/rules.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

namespace gpupass {
namespace {

constexpr std::size_t max_evidence = 5;

struct Ranked {
    Finding finding;
    const Rule* rule{};
    bool explained{};
    int met{};            // conditions
    std::size_t log{};    // place of the first line
    long line{};
    std::size_t index{};  // of the rule
};

/// Whichever part of it is marked.
bool is_same_line(const Evidence& one, const Evidence& other)
{
    return one.source == other.source && one.line == other.line && (one.line > 0 || one.text == other.text);
}

/// Looks at one case with all rules.
class Judge {
public:
    Judge(const RuleSet& rules, const Case& of)
        : rules_{rules}, case_{of}, view_{rules, of}, known_{known_facts(rules, of.logs, of.told, of.host)}
    {
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
        if (auto found = look_at_lines(index))
            return found;
        Ranked ranked{.finding = finding_of(rule), .rule = &rule, .log = case_.logs.size(), .index = index};
        if (!check_alone(rule) || !facts_hold(rule, ranked.finding.evidence))
            return std::nullopt;
        ranked.finding.certainty = Certainty::certain;
        ranked.finding.evidence.push_back({"facts of the host", 0, rule.check, 0, 0});
        return ranked;
    }

    /// What lines, words and facts say.
    std::optional<Ranked> look_at_lines(std::size_t index)
    {
        const Rule& rule = rules_.rules()[index];
        std::vector<Seen> lines = view_.betraying(index);
        const std::vector<ToldMatch> told = view_.told(rule.told);
        const bool by_facts = rule.patterns.empty() && rule.told.empty() && !rule.facts.empty();
        if (lines.empty() && told.empty() && !by_facts)
            return std::nullopt;
        std::vector<Evidence> support;
        if (!conditions_hold(index, support))
            return std::nullopt;
        const std::optional<bool> confirmed = confirm(rule, lines, told);
        if (confirmed == false)
            return std::nullopt;
        const bool only_words = lines.empty() && !by_facts;
        const bool settled = settle(index, lines, only_words);

        Ranked ranked{.finding = finding_of(rule, fields_of(lines, told)), .rule = &rule, .index = index};
        if (settled)
            ranked.finding.severity = Severity::info;
        if (confirmed == true)
            ranked.finding.certainty = Certainty::certain;
        else if (only_words)
            ranked.finding.certainty = Certainty::possible;
        ranked.met = conditions_met(rule, !lines.empty(), !told.empty());
        ranked.log = lines.empty() ? case_.logs.size() : lines.front().log;
        ranked.line = lines.empty() ? 0 : lines.front().line->evidence.line;
        add_evidence(ranked.finding, lines, told, support);
        return ranked;
    }

    static int conditions_met(const Rule& rule, bool by_lines, bool by_words)
    {
        const std::size_t order = by_lines ? rule.before.size() + rule.after.size() : 0;
        return static_cast<int>(rule.said.size() + rule.present.size() + rule.facts.size() + order) + (by_words ? 1 : 0);
    }

    bool conditions_hold(std::size_t index, std::vector<Evidence>& support) const
    {
        const Rule& rule = rules_.rules()[index];
        return is_said(rule, support) && has_present(index, support) && !has_absent(index) && facts_hold(rule, support);
    }

    /// The host's facts alone show it: for rules that say so, and were written for such a host.
    bool check_alone(const Rule& rule) const
    {
        const bool is_asked = case_.by_facts && case_.host && rule.check_alone && !rule.variant && rule.area == case_.host->kind;
        const Check check = is_asked ? find_check(rule.check) : nullptr;
        return check && check(*case_.host, {}) == true;
    }

    /// Leaves the lines that nothing settled later, if there are any. True: all are settled.
    bool settle(std::size_t index, std::vector<Seen>& lines, bool only_words) const
    {
        if (only_words)
            return !view_.seen(index, Role::settled).empty();
        const std::vector<Seen> open = view_.unsettled(index, lines);
        const bool settled = !lines.empty() && open.empty();
        if (!open.empty())
            lines = open;
        return settled;
    }

    static Fields fields_of(const std::vector<Seen>& lines, const std::vector<ToldMatch>& told)
    {
        if (!lines.empty())
            return lines.front().line->fields;
        return told.empty() ? Fields{} : told.front().fields;
    }

    bool is_said(const Rule& rule, std::vector<Evidence>& support) const
    {
        for (const std::string& pattern : rule.said) {
            auto told = view_.told({pattern});
            if (told.empty())
                return false;
            support.push_back(std::move(told.front().evidence));
        }
        return true;
    }

    bool has_present(std::size_t rule, std::vector<Evidence>& support) const
    {
        for (const std::size_t pattern : view_.patterns(Role::present, rule)) {
            if (const auto lines = view_.seen(pattern); !lines.empty())
                support.push_back(lines.front().line->evidence);
            else if (auto told = view_.told(pattern))
                support.push_back(std::move(*told));
            else
                return false;
        }
        return true;
    }

    bool has_absent(std::size_t rule) const
    {
        return std::ranges::any_of(view_.patterns(Role::absent, rule), [&](std::size_t pattern) {
            return !view_.seen(pattern).empty() || view_.told(pattern).has_value();
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

    /// What the host's facts say of it: false refutes it. Lines that they refute one by one (of another device) are taken out.
    std::optional<bool> confirm(const Rule& rule, std::vector<Seen>& lines, const std::vector<ToldMatch>& told) const
    {
        const Check check = case_.host ? find_check(rule.check) : nullptr;
        if (!check)
            return std::nullopt;
        if (lines.empty())
            return check(*case_.host, fields_of(lines, told));
        std::erase_if(lines, [&](const Seen& line) { return check(*case_.host, line.line->fields) == false; });
        if (lines.empty())
            return false;
        return check(*case_.host, lines.front().line->fields);
    }

    static void add_evidence(Finding& finding, const std::vector<Seen>& lines, const std::vector<ToldMatch>& told,
                             const std::vector<Evidence>& support)
    {
        std::vector<Evidence>& all = finding.evidence;
        for (const Seen& line : lines)
            all.push_back(line.line->evidence);
        if (all.size() + support.size() > max_evidence)
            all.resize(std::min(all.size(), std::max<std::size_t>(1, max_evidence - std::min(support.size(), max_evidence))));
        std::ranges::transform(told, std::back_inserter(all), &ToldMatch::evidence);
        for (const Evidence& one : support)
            if (std::ranges::none_of(all, [&](const Evidence& other) { return is_same_line(one, other); }))
                all.push_back(one);
        all.resize(std::min(all.size(), max_evidence));
    }

    const RuleSet& rules_;
    const Case& case_;
    CaseView view_;
    KnownFacts known_;
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
