#include "knowledge/rules.hpp"

#include "knowledge/matcher.hpp"
#include "knowledge/words.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace gpupass {
namespace {

struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};

constexpr EmbeddedFile rule_files[] = {
#include "rules.inc"
};

std::vector<Rule> read_builtin_rules()
{
    std::vector<Rule> rules;
    for (const EmbeddedFile& file : rule_files) {
        auto read = parse_rules(file.text, file.name);
        if (!read) {  // a test reads them all, so this is a program that was built wrong
            std::ostringstream message;
            message << read.error();
            throw std::logic_error{message.str()};
        }
        std::ranges::move(*read, std::back_inserter(rules));
    }
    return rules;
}

std::vector<std::string> fill_all(const std::vector<std::string>& texts, const Fields& fields)
{
    std::vector<std::string> filled;
    std::ranges::transform(texts, std::back_inserter(filled), [&](const auto& text) { return fill(text, fields); });
    return filled;
}

}  // namespace

const std::vector<Rule>& builtin_rules()
{
    static const std::vector<Rule> rules = read_builtin_rules();
    return rules;
}

const Rule* find_rule(std::string_view id)
{
    const auto found = std::ranges::find(builtin_rules(), id, &Rule::id);
    return found == builtin_rules().end() ? nullptr : &*found;
}

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

std::vector<Finding> match_rules(std::span<const LogText> texts, const HostFacts* facts)
{
    static const Matcher matcher{builtin_rules()};
    return matcher.match(texts, facts);
}

}  // namespace gpupass
