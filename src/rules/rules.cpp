#include "rules/rules.hpp"

#include "rules/judge.hpp"
#include "rules/rule_set.hpp"

#include <algorithm>
#include <iterator>

namespace gpupass {
namespace {

std::vector<std::string> fill_all(const std::vector<std::string>& texts, const Fields& fields)
{
    std::vector<std::string> filled;
    std::ranges::transform(texts, std::back_inserter(filled), [&](const auto& text) { return fill(text, fields); });
    return filled;
}

}  // namespace

const std::vector<Rule>& builtin_rules() { return RuleSet::builtin().rules(); }

const Rule* find_rule(std::string_view id) { return RuleSet::builtin().find(id); }

Finding finding_of(const Rule& rule, const Fields& fields)
{
    return Finding{.id = rule.id,
                   .also = rule.also,
                   .title = fill(rule.title, fields),
                   .certainty = rule.certainty,
                   .severity = rule.severity,
                   .cause = fill(rule.cause, fields),
                   .fix = fill_all(rule.fix, fields),
                   .collect = fill_all(rule.collect, fields),
                   .links = rule.links,
                   .evidence = {}};
}

Finding finding_of(std::string_view rule_id, const Fields& fields)
{
    if (const Rule* rule = find_rule(rule_id))
        return finding_of(*rule, fields);
    return Finding{.id = std::string{rule_id},
                   .also = {},
                   .title = std::string{rule_id},
                   .certainty = Certainty::possible,
                   .severity = Severity::warning,
                   .cause = "no rule describes it",
                   .fix = {},
                   .collect = {},
                   .links = {},
                   .evidence = {}};
}

bool names_no_cause(const Finding& finding)
{
    const Rule* rule = find_rule(finding.id);
    return finding.severity == Severity::info || (rule && rule->umbrella);
}

std::vector<Finding> match_rules(std::span<const LogText> texts, const HostFacts* facts)
{
    Case of{.logs = {}, .told = {}, .host = facts, .by_facts = false};
    for (const LogText& text : texts)
        of.logs.push_back(scan(RuleSet::builtin(), text));
    return judge(RuleSet::builtin(), of);
}

}  // namespace gpupass
