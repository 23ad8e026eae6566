#include "rules/rules.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view yaml = R"(
- {id: banner, title: t, area: x, cause: c, umbrella: true, severity: error, certainty: possible, patterns: ['power on failed']}
- {id: note, title: t, area: x, cause: c, severity: info, certainty: certain, patterns: ['console']}
- {id: maybe, title: t, area: x, cause: c, severity: error, certainty: possible, patterns: ['maybe']}
- {id: viommu, title: t, area: x, cause: 'device {device}', severity: error, certainty: likely, check: viommu-on, patterns: ['register (?<device>\S+)']}
- {id: slow, title: t, area: x, cause: c, patterns: ['^(a+)+$']}
)";

class MatcherTest : public testing::Test {
protected:
    std::vector<Finding> match(const std::string& text, const HostFacts* facts = nullptr)
    {
        const LogText log{"vmware.log", text};
        return matcher_.match(std::span{&log, 1}, facts);
    }
    std::vector<std::string> ids(const std::string& text, const HostFacts* facts = nullptr)
    {
        std::vector<std::string> all;
        for (const Finding& finding : match(text, facts))
            all.push_back(finding.id);
        return all;
    }

    std::vector<Rule> rules_{parse_rules(yaml, "test").value()};
    Matcher matcher_{rules_};
};

HostFacts facts_with_viommu(std::optional<bool> on)
{
    HostFacts facts;
    facts.vms = {Vm{.name = "debian", .viommu = on, .devices = {VmDevice{.present = true}}}};
    return facts;
}

TEST_F(MatcherTest, GivesTheUmbrellaOnlyWhenNothingElseIsThere)
{
    EXPECT_THAT(ids("power on failed"), ElementsAre("banner"));
    EXPECT_THAT(ids("power on failed\nmaybe"), ElementsAre("maybe"));
    EXPECT_THAT(ids("console\npower on failed"), ElementsAre("note"));
}

TEST_F(MatcherTest, OrdersBySeverityThenCertainty)
{
    EXPECT_THAT(ids("console\nmaybe\nregister gpu"), ElementsAre("viommu", "maybe", "note"));
}

TEST_F(MatcherTest, LetsFactsConfirmARule)
{
    const HostFacts facts = facts_with_viommu(true);
    const auto findings = match("register gpu", &facts);

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].certainty, Certainty::certain);
}

TEST_F(MatcherTest, LetsFactsRefuteARuleAndFallsBackToTheUmbrella)
{
    const HostFacts facts = facts_with_viommu(false);

    EXPECT_THAT(ids("power on failed\nregister gpu", &facts), ElementsAre("banner"));
}

TEST_F(MatcherTest, StaysLikelyWhenFactsDoNotSay)
{
    const HostFacts facts = facts_with_viommu(std::nullopt);

    EXPECT_EQ(match("register gpu", &facts).at(0).certainty, Certainty::likely);
}

TEST_F(MatcherTest, ShowsSourceLineNumberAndFields)
{
    const auto findings = match("first\r\nregister pciPassthru0 \r\n");

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].cause, "device pciPassthru0");
    EXPECT_THAT(findings[0].evidence, ElementsAre(Evidence{"vmware.log", 2, "register pciPassthru0 "}));
}

TEST_F(MatcherTest, KeepsFiveLinesOfEvidence)
{
    std::string text;
    for (int i = 0; i < 9; ++i)
        text += "maybe\n";

    EXPECT_THAT(match(text).at(0).evidence, SizeIs(5));
}

TEST_F(MatcherTest, MakesForeignTextPrintable)
{
    const auto findings = match("register a\x1b[31m\xff\xc2\x9b\xe2\x82\xac");

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].evidence[0].text, "register a?[31m??\xe2\x82\xac");
}

TEST_F(MatcherTest, DoesNotHangOnAPatternThatExplodes) { EXPECT_THAT(ids(std::string(5'000, 'a') + "b"), IsEmpty()); }

TEST_F(MatcherTest, SearchesLongLinesNulBytesAndEmptyTexts)
{
    EXPECT_THAT(ids(""), IsEmpty());
    EXPECT_THAT(ids(std::string(1, '\0') + "maybe"), ElementsAre("maybe"));
    EXPECT_THAT(ids("maybe" + std::string(1u << 20, 'x')), ElementsAre("maybe"));
}

}  // namespace
}  // namespace gpupass
