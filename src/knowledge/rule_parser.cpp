#include "knowledge/pattern.hpp"
#include "knowledge/rules.hpp"
#include "knowledge/yaml.hpp"

#include <algorithm>

namespace gpupass {
namespace {

bool is_id(std::string_view text)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits);
}

void check_words(const Rule& rule, EntryReader& entry)
{
    if (!is_id(rule.id))
        entry.complain("id", "is not of small letters, digits and '-'");
    if (rule.also.size() > 2)
        entry.complain("also", "has more than two labels");
    for (const std::string& pattern : rule.patterns)
        if (const auto compiled = Pattern::compile(pattern); !compiled)
            entry.complain("patterns", compiled.error().what);
}

Result<Rule> read_rule(const YamlEntry& yaml, std::string_view file_name)
{
    EntryReader entry{yaml, file_name};
    Rule rule;
    rule.id = entry.required_text("id");
    rule.title = entry.required_text("title");
    rule.area = entry.required_text("area");
    rule.also = entry.texts("also");
    rule.patterns = entry.texts("patterns");
    rule.umbrella = entry.flag("umbrella");
    rule.severity = static_cast<Severity>(entry.one_of("severity", {"error", "warning", "info"}, 0));
    rule.certainty = static_cast<Certainty>(entry.one_of("certainty", {"certain", "likely", "possible"}, 1));
    rule.check = entry.text("check");
    rule.cause = entry.required_text("cause");
    rule.fix = entry.texts("fix");
    rule.collect = entry.texts("collect");
    rule.links = entry.texts("links");
    rule.matches = entry.texts("matches");
    rule.ignores = entry.texts("ignores");
    check_words(rule, entry);
    if (auto finished = entry.finish(); !finished)
        return std::unexpected(std::move(finished.error()));
    return rule;
}

}  // namespace

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
        if (std::ranges::find(rules, rule->id, &Rule::id) != rules.end())
            return at(Error{.kind = ErrorKind::parse,
                            .what = "rule \"" + rule->id + "\" stands twice",
                            .where = {},
                            .next = {}},
                      std::string{file_name} + ":" + std::to_string(entry.line));
        rules.push_back(std::move(*rule));
    }
    return rules;
}

}  // namespace gpupass
