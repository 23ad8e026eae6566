#include "knowledge/yaml.hpp"
#include "rules/condition.hpp"
#include "rules/pattern.hpp"
#include "rules/rule.hpp"

#include <algorithm>

namespace gpupass {
namespace {

bool is_id(std::string_view text)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits);
}

void check_patterns(std::string_view key, const std::vector<std::string>& patterns, EntryReader& entry)
{
    for (const std::string& pattern : patterns)
        if (const auto compiled = Pattern::compile(pattern); !compiled)
            entry.complain(key, compiled.error().what);
}

void check_conditions(std::string_view key, const std::vector<std::string>& conditions, EntryReader& entry)
{
    for (const std::string& condition : conditions)
        if (const auto parsed = parse_condition(condition); !parsed)
            entry.complain(key, parsed.error().what);
}

std::vector<std::string> read_patterns(std::string_view key, EntryReader& entry)
{
    auto patterns = entry.texts(key);
    check_patterns(key, patterns, entry);
    return patterns;
}

std::vector<std::string> read_conditions(std::string_view key, EntryReader& entry)
{
    auto conditions = entry.texts(key);
    check_conditions(key, conditions, entry);
    return conditions;
}

void check_words(const Rule& rule, EntryReader& entry)
{
    if (!is_id(rule.id))
        entry.complain("id", "is not of small letters, digits and '-'");
    if (rule.also.size() > 2)
        entry.complain("also", "has more than two labels");
}

/// What people read. A variant may leave it out: see inherit().
void read_words(Rule& rule, EntryReader& entry)
{
    rule.id = entry.text("variant_of");
    rule.variant = !rule.id.empty();
    const auto text = [&](std::string_view key) { return rule.variant ? entry.text(key) : entry.required_text(key); };
    if (!rule.variant)
        rule.id = entry.required_text("id");
    rule.title = text("title");
    rule.area = text("area");
    rule.cause = text("cause");
    rule.fix = entry.texts("fix");
    rule.collect = entry.texts("collect");
    rule.links = entry.texts("links");
}

/// A variant has the words of its rule, its check, and what settles it, but for those that it has itself.
void inherit(Rule& variant, const Rule& rule)
{
    for (const auto text : {&Rule::title, &Rule::area, &Rule::cause, &Rule::check})
        if ((variant.*text).empty())
            variant.*text = rule.*text;
    for (const auto texts : {&Rule::fix, &Rule::collect, &Rule::links, &Rule::settled})
        if ((variant.*texts).empty())
            variant.*texts = rule.*texts;
}

Result<Rule> read_rule(const YamlEntry& yaml, std::string_view file_name)
{
    EntryReader entry{yaml, file_name};
    Rule rule;
    read_words(rule, entry);
    rule.also = entry.texts("also");
    rule.umbrella = entry.flag("umbrella");
    rule.severity = static_cast<Severity>(entry.one_of("severity", {"error", "warning", "info"}, 0));
    rule.certainty = static_cast<Certainty>(entry.one_of("certainty", {"certain", "likely", "possible"}, 1));
    rule.check = entry.text("check");
    rule.check_alone = entry.flag("check_alone");
    rule.patterns = read_patterns("patterns", entry);
    rule.told = read_patterns("told", entry);
    rule.said = read_patterns("said", entry);
    rule.present = read_patterns("present", entry);
    rule.absent = read_patterns("absent", entry);
    rule.before = read_patterns("before", entry);
    rule.after = read_patterns("after", entry);
    rule.settled = read_patterns("settled", entry);
    rule.facts = read_conditions("facts", entry);
    rule.unless = read_conditions("unless", entry);
    rule.over = entry.texts("over");
    rule.matches = entry.texts("matches");
    rule.ignores = entry.texts("ignores");
    check_words(rule, entry);
    if (auto finished = entry.finish(); !finished)
        return std::unexpected(std::move(finished.error()));
    return rule;
}

Result<Observation> read_observation(const YamlEntry& yaml, std::string_view file_name)
{
    EntryReader entry{yaml, file_name};
    Observation observation;
    observation.fact = entry.required_text("fact");
    observation.value = entry.text("value");
    observation.patterns = read_patterns("patterns", entry);
    if (auto finished = entry.finish(); !finished)
        return std::unexpected(std::move(finished.error()));
    return observation;
}

}  // namespace

Result<std::vector<Observation>> parse_observations(std::string_view yaml, std::string_view file_name)
{
    const auto entries = read_yaml_list(yaml, file_name);
    if (!entries)
        return std::unexpected(entries.error());
    std::vector<Observation> observations;
    for (const YamlEntry& entry : *entries) {
        auto observation = read_observation(entry, file_name);
        if (!observation)
            return std::unexpected(std::move(observation.error()));
        observations.push_back(std::move(*observation));
    }
    return observations;
}

Result<std::vector<Rule>> parse_rules(std::string_view yaml, std::string_view file_name)
{
    const auto entries = read_yaml_list(yaml, file_name);
    if (!entries)
        return std::unexpected(entries.error());
    std::vector<Rule> rules;
    for (const YamlEntry& entry : *entries) {
        auto rule = read_rule(entry, file_name);
        if (!rule)
            return std::unexpected(std::move(rule.error()));
        const auto first = std::ranges::find(rules, rule->id, &Rule::id);
        if (rule->variant != (first != rules.end()))
            return at(Error{.kind = ErrorKind::parse,
                            .what = "rule \"" + rule->id + (rule->variant ? "\" must stand before its variants" : "\" stands twice"),
                            .where = {},
                            .next = {}},
                      std::string{file_name} + ":" + std::to_string(entry.line));
        if (rule->variant)
            inherit(*rule, *first);
        rules.push_back(std::move(*rule));
    }
    return rules;
}

}  // namespace gpupass
