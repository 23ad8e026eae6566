#include "rules/rules.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view good = R"(
- id: small
  title: a title
  area: esxi
  severity: warning
  certainty: certain
  umbrella: true
  also: [other]
  patterns: ['device (?<device>\S+) failed']
  cause: '{device} failed'
  fix: [repair it]
)";

/// The message for a rule file that must be refused.
std::string complaint(std::string_view yaml)
{
    const auto rules = parse_rules(yaml, "test.yaml");
    if (rules)
        return "accepted";
    EXPECT_EQ(rules.error().kind, ErrorKind::parse);
    std::string text = rules.error().what;
    for (const std::string& place : rules.error().where)
        text += " at " + place;
    return text;
}

TEST(RuleParser, ReadsAllKeys)
{
    const auto rules = parse_rules(good, "test.yaml");

    ASSERT_TRUE(rules) << rules.error();
    ASSERT_EQ(rules->size(), 1U);
    const Rule& rule = rules->front();
    EXPECT_EQ(rule.id, "small");
    EXPECT_EQ(rule.severity, Severity::warning);
    EXPECT_EQ(rule.certainty, Certainty::certain);
    EXPECT_TRUE(rule.umbrella);
    EXPECT_THAT(rule.also, ElementsAre("other"));
    EXPECT_THAT(rule.fix, ElementsAre("repair it"));
}

TEST(RuleParser, NamesRuleKeyAndLineOfAnUnknownKey)
{
    const std::string text = complaint(std::string{good} + "  patern: x\n");

    EXPECT_THAT(text, HasSubstr("\"patern\" is not known"));
    EXPECT_THAT(text, HasSubstr("rule \"small\" at test.yaml:12"));
}

TEST(RuleParser, RefusesWrongTypes)
{
    EXPECT_THAT(complaint("- id: a\n  title: t\n  area: e\n  cause: c\n  fix: one text\n"),
                HasSubstr("\"fix\" is not a list"));
    EXPECT_THAT(complaint("- id: [a]\n  title: t\n  area: e\n  cause: c\n"), HasSubstr("\"id\" is not one text"));
    EXPECT_THAT(complaint("- id: a\n  title: {x: y}\n"), HasSubstr("\"title\" is not a text or a list of texts"));
    EXPECT_THAT(complaint("- id: a\n  title: t\n  area: e\n  cause: c\n  severity: bad\n"),
                HasSubstr("error, warning, info"));
    EXPECT_THAT(complaint("just a text"), HasSubstr("not a list"));
    EXPECT_THAT(complaint("- [a, b]"), HasSubstr("not a mapping"));
}

TEST(RuleParser, RefusesWhatIsMissing)
{
    EXPECT_THAT(complaint("- title: t\n  area: e\n  cause: c\n"), HasSubstr("\"id\" is missing"));
    EXPECT_THAT(complaint("- id: a\n  title: t\n  area: e\n"), HasSubstr("\"cause\" is missing"));
}

TEST(RuleParser, RefusesBadPatterns)
{
    const std::string head = "- id: a\n  title: t\n  area: e\n  cause: c\n  patterns: ['";
    EXPECT_THAT(complaint(head + "(open']\n"), HasSubstr("missing closing parenthesis"));
    EXPECT_THAT(complaint(head + "']\n"), HasSubstr("1 to 1024 bytes"));
    EXPECT_THAT(complaint(head + std::string(2000, 'a') + "']\n"), HasSubstr("1 to 1024 bytes"));
}

TEST(RuleParser, RefusesTheSameRuleOrKeyTwice)
{
    EXPECT_THAT(complaint(std::string{good} + std::string{good}), HasSubstr("\"small\" stands twice"));
    EXPECT_THAT(complaint("- id: a\n  id: b\n"), HasSubstr("\"id\" stands twice"));
}

TEST(RuleParser, SurvivesBrokenAndHugeYaml)
{
    EXPECT_THAT(complaint("- id: 'open"), HasSubstr("not YAML"));
    EXPECT_THAT(complaint(std::string(2u << 20, 'a')), HasSubstr("more than"));
    EXPECT_NE(complaint(std::string(100'000, '[')), "accepted");
    EXPECT_NE(complaint("- &a {k: *a}"), "accepted");
}

TEST(RuleParser, BoundsWhatAliasesMultiply)
{
    std::string yaml = "- id: &long '" + std::string(4000, 'x') + "'\n";
    yaml += "  title: t\n  fix: &list [";
    for (int i = 0; i < 190; ++i)
        yaml += "*long, ";
    yaml += "*long]\n";
    for (int i = 0; i < 50; ++i)
        yaml += "- fix: *list\n";

    EXPECT_THAT(complaint(yaml), HasSubstr("too long"));
}

TEST(RuleParser, WantsVariantsAfterTheirRule)
{
    const std::string rule = "- {id: a, title: t, area: x, cause: c, patterns: ['p']}\n";
    const std::string variant = "- {variant_of: a, patterns: ['q']}\n";

    EXPECT_EQ(parse_rules(rule + variant, "f").value().at(1).title, "t");
    EXPECT_FALSE(parse_rules(variant + rule, "f"));
    EXPECT_FALSE(parse_rules(rule + "- {variant_of: a, id: b, patterns: ['q']}\n", "f"));
}

TEST(RuleParser, NamesAConditionThatIsNone)
{
    const auto rules = parse_rules("- {id: a, title: t, area: x, cause: c, facts: ['kernel 6']}\n", "f");
    ASSERT_FALSE(rules);
    EXPECT_TRUE(rules.error().what.contains("kernel 6"));
}

TEST(RulePack, GivesBackWhatWasPacked)
{
    const auto rules = parse_rules("- {id: a, title: t, area: x, cause: c, umbrella: true, severity: info, certainty: possible, patterns: ['p', 'q'], over: [b]}\n", "f").value();
    const Knowledge back = unpack(pack({rules, {{"kernel", "", {"v"}}}}));

    ASSERT_EQ(back.rules.size(), 1U);
    EXPECT_TRUE(back.rules[0].umbrella);
    EXPECT_EQ(back.rules[0].severity, Severity::info);
    EXPECT_EQ(back.rules[0].patterns, rules[0].patterns);
    EXPECT_EQ(back.rules[0].over, rules[0].over);
    EXPECT_EQ(back.observations.at(0).patterns, std::vector<std::string>{"v"});
    EXPECT_THROW(unpack("\1\0\0\0"), std::logic_error);
}

}  // namespace
}  // namespace gpupass
