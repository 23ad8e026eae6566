#include "rules/judge.hpp"
#include "rules/rules.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view observations = R"(
- {fact: want, value: sriov, patterns: ['numvfs']}
- {fact: kernel, patterns: ['Linux version (?<value>[0-9.]+)']}
- {fact: gpu.id, patterns: ['(?<value>8086:[0-9a-f]{4})']}
)";

constexpr std::string_view yaml = R"(
- {id: banner, title: t, area: x, cause: c, umbrella: true, severity: error, certainty: possible, patterns: ['power on failed']}
- {id: note, title: t, area: x, cause: c, severity: info, certainty: certain, patterns: ['console']}
- {id: maybe, title: t, area: x, cause: c, severity: error, certainty: possible, patterns: ['maybe']}
- {id: viommu, title: t, area: x, cause: 'device {device}', severity: error, certainty: likely, check: viommu-on, check_alone: true, patterns: ['register (?<device>\S+)']}
- {id: slow, title: t, area: x, cause: c, patterns: ['^(a+)+$']}
)";

RuleSet rule_set(std::string_view text)
{
    return RuleSet::of({parse_rules(text, "test").value(), parse_observations(observations, "test").value()}).value();
}

class JudgeTest : public testing::Test {
protected:
    std::vector<Finding> match(const std::string& text, const HostFacts* facts = nullptr, const Told& told = {})
    {
        const RuleSet rules = rule_set(yaml_);
        return judge(rules, {{scan(rules, {"vmware.log", text})}, told, facts});
    }
    std::vector<std::string> ids(const std::string& text, const HostFacts* facts = nullptr, const Told& told = {})
    {
        std::vector<std::string> all;
        for (const Finding& finding : match(text, facts, told))
            all.push_back(finding.id);
        return all;
    }
    /// Replaces the rules.
    void rules(std::string_view text) { yaml_ = text; }

private:
    std::string_view yaml_ = yaml;
};

HostFacts facts_with_viommu(std::optional<bool> on)
{
    HostFacts facts;
    facts.vms = {Vm{.name = "debian", .viommu = on, .devices = {VmDevice{.present = true}}}};
    return facts;
}

TEST_F(JudgeTest, GivesTheUmbrellaOnlyWhenNothingElseIsThere)
{
    EXPECT_THAT(ids("power on failed"), ElementsAre("banner"));
    EXPECT_THAT(ids("power on failed\nmaybe"), ElementsAre("maybe"));
    EXPECT_THAT(ids("console\npower on failed"), ElementsAre("banner", "note"));
}

TEST_F(JudgeTest, OrdersBySeverityThenCertainty)
{
    EXPECT_THAT(ids("console\nmaybe\nregister gpu"), ElementsAre("viommu", "maybe", "note"));
}

TEST_F(JudgeTest, LetsFactsConfirmARule)
{
    const HostFacts facts = facts_with_viommu(true);
    const auto findings = match("register gpu", &facts);

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].certainty, Certainty::certain);
}

TEST_F(JudgeTest, LetsFactsRefuteARuleAndFallsBackToTheUmbrella)
{
    const HostFacts facts = facts_with_viommu(false);

    EXPECT_THAT(ids("power on failed\nregister gpu", &facts), ElementsAre("banner"));
}

TEST_F(JudgeTest, FindsByFactsAloneWhenAskedTo)
{
    const HostFacts facts = facts_with_viommu(true);
    const RuleSet all = rule_set(yaml);

    HostFacts esxi = facts;
    esxi.kind = "x";
    EXPECT_THAT(judge(all, {{}, {}, &esxi, false}), IsEmpty());
    EXPECT_THAT(judge(all, {{}, {}, &esxi, true}), ElementsAre(Field(&Finding::certainty, Certainty::certain)));
}

TEST_F(JudgeTest, StaysLikelyWhenFactsDoNotSay)
{
    const HostFacts facts = facts_with_viommu(std::nullopt);

    EXPECT_EQ(match("register gpu", &facts).at(0).certainty, Certainty::likely);
}

TEST_F(JudgeTest, ShowsSourceLineNumberAndFields)
{
    const auto findings = match("first\r\nregister pciPassthru0 \r\n");

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].cause, "device pciPassthru0");
    EXPECT_THAT(findings[0].evidence, ElementsAre(Evidence{"vmware.log", 2, "register pciPassthru0 ", 0, 21}));
}

TEST_F(JudgeTest, KeepsFiveLinesOfEvidence)
{
    std::string text;
    for (int i = 0; i < 9; ++i)
        text += "maybe\n";

    EXPECT_THAT(match(text).at(0).evidence, SizeIs(5));
}

TEST_F(JudgeTest, MakesForeignTextPrintable)
{
    const auto findings = match("register a\x1b[31m\xff\xc2\x9b\xe2\x82\xac");

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].evidence[0].text, "register a?[31m??\xe2\x82\xac");
}

TEST_F(JudgeTest, DoesNotHangOnAPatternThatExplodes) { EXPECT_THAT(ids(std::string(5'000, 'a') + "b"), IsEmpty()); }

TEST_F(JudgeTest, SearchesLongLinesNulBytesAndEmptyTexts)
{
    EXPECT_THAT(ids(""), IsEmpty());
    EXPECT_THAT(ids(std::string(1, '\0') + "maybe"), ElementsAre("maybe"));
    EXPECT_THAT(ids("maybe" + std::string(1u << 20, 'x')), ElementsAre("maybe"));
}

constexpr std::string_view conditions = R"(
- {id: needs-more, title: t, area: x, cause: c, patterns: ['broken'], present: ['second'], absent: ['third']}
- {id: ordered, title: t, area: x, cause: c, patterns: ['middle'], before: ['first'], after: ['last']}
- {id: settles, title: t, area: x, cause: 'of {device}', patterns: ['(?<device>[0-9:.]+) init failed'], settled: ['(?<device>[0-9:.]+) is up']}
- {id: spoken, title: t, area: x, cause: c, severity: warning, certainty: certain, told: ['(?i)host freezes']}
- {id: by-facts, title: t, area: x, cause: c, facts: ['want = sriov', 'gpu.sriov = no']}
- {id: old-kernel, title: t, area: x, cause: c, patterns: ['probe'], facts: ['kernel < 6.10'], unless: ['side = client']}
- {id: general, title: t, area: x, cause: c, certainty: certain, patterns: ['group busy']}
- {id: special, title: t, area: x, cause: c, certainty: possible, patterns: ['group busy by'], over: [general]}
)";

class JudgeConditionsTest : public JudgeTest {
protected:
    JudgeConditionsTest() { rules(conditions); }
};

TEST_F(JudgeConditionsTest, WantsWhatMustBePresentAndNothingThatMustBeAbsent)
{
    EXPECT_THAT(ids("broken"), IsEmpty());
    EXPECT_THAT(ids("broken\nsecond"), ElementsAre("needs-more"));
    EXPECT_THAT(ids("broken", nullptr, {{"context", "it was the second time"}}), ElementsAre("needs-more"));
    EXPECT_THAT(ids("broken\nsecond\nthird"), IsEmpty());
    EXPECT_THAT(ids("broken\nsecond", nullptr, {{"context", "third"}}), IsEmpty());
}

TEST_F(JudgeConditionsTest, KeepsTheOrderOfLines)
{
    EXPECT_THAT(ids("first\nmiddle\nlast"), ElementsAre("ordered"));
    EXPECT_THAT(ids("middle\nfirst\nlast"), IsEmpty());
    EXPECT_THAT(ids("first\nlast\nmiddle"), IsEmpty());
}

TEST_F(JudgeConditionsTest, MakesANoteOfWhatSettledLater)
{
    EXPECT_EQ(match("00:02.0 init failed").at(0).severity, Severity::error);
    EXPECT_EQ(match("00:02.0 init failed\n0000:00:02.0 is up").at(0).severity, Severity::info);
    EXPECT_EQ(match("00:02.0 is up\n00:02.0 init failed").at(0).severity, Severity::error);
}

TEST_F(JudgeConditionsTest, TellsDevicesApart)
{
    const auto findings = match("00:02.0 init failed\n00:03.0 init failed\n00:02.0 is up");

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_EQ(findings[0].cause, "of 00:03.0");
}

TEST_F(JudgeConditionsTest, TakesTheLastWordOfADeviceThatFailedManyTimes)
{
    std::string text = "00:03.0 init failed\n";
    for (int i = 0; i < 100; ++i)
        text += "00:02.0 init failed\n";

    EXPECT_EQ(match(text + "00:02.0 is up\n00:03.0 is up").at(0).severity, Severity::info);
    EXPECT_EQ(match(text + "00:02.0 is up\n").at(0).cause, "of 00:03.0");
    EXPECT_EQ(match(text + "00:02.0 is up\n00:03.0 is up\n00:02.0 init failed").at(0).severity, Severity::error);
}

TEST_F(JudgeConditionsTest, BelievesWordsLessThanLines)
{
    const auto findings = match("", nullptr, {{"context", "The host freezes."}});

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].certainty, Certainty::possible);
    EXPECT_THAT(findings[0].evidence, ElementsAre(Field(&Evidence::source, "told: context")));
}

TEST_F(JudgeConditionsTest, AnswersFromFactsAlone)
{
    const Told tiger_lake{{"gpu", "8086:9a49"}, {"want", "sriov"}};
    const Told gemini_lake{{"gpu", "8086:3185"}, {"want", "sriov"}};

    EXPECT_THAT(ids("", nullptr, tiger_lake), IsEmpty());
    EXPECT_THAT(ids("", nullptr, gemini_lake), ElementsAre("by-facts"));
    EXPECT_THAT(ids("sriov_numvfs = 7\n00:02.0 [8086:3185]"), ElementsAre("by-facts"));
    EXPECT_THAT(ids("00:02.0 [8086:3185]"), IsEmpty());
}

TEST_F(JudgeConditionsTest, SeesFactsInLinesAndComparesVersions)
{
    EXPECT_THAT(ids("probe"), IsEmpty());
    EXPECT_THAT(ids("Linux version 6.9.12\nprobe"), ElementsAre("old-kernel"));
    EXPECT_THAT(ids("Linux version 6.10\nprobe"), IsEmpty());
    EXPECT_THAT(ids("Linux version 6.10\nprobe", nullptr, {{"kernel", "6.2"}}), ElementsAre("old-kernel"));
    EXPECT_THAT(ids("Linux version 6.9\nprobe", nullptr, {{"side", "client"}}), IsEmpty());
}

TEST_F(JudgeConditionsTest, PutsWhatAnotherExplainsBehindIt)
{
    EXPECT_THAT(ids("group busy"), ElementsAre("general"));
    EXPECT_THAT(ids("group busy by qemu"), ElementsAre("special", "general"));
}

TEST_F(JudgeTest, TellsARuleAndItsVariantsOnce)
{
    rules(R"(
- {id: a, title: t, area: x, cause: c, certainty: possible, fix: [do it], patterns: ['failed']}
- {variant_of: a, certainty: certain, cause: surely, patterns: ['failed badly']}
)");
    EXPECT_THAT(ids("failed badly"), ElementsAre("a"));
    EXPECT_EQ(match("failed badly").at(0).certainty, Certainty::certain);
    EXPECT_EQ(match("failed badly").at(0).cause, "surely");
    EXPECT_THAT(match("failed badly").at(0).fix, ElementsAre("do it"));
    EXPECT_EQ(match("failed").at(0).certainty, Certainty::possible);
}

TEST_F(JudgeTest, AsksForWhatMustBeSaid)
{
    rules("- {id: a, title: t, area: x, cause: c, patterns: ['failed'], said: ['(?i)windows']}\n");
    EXPECT_THAT(ids("failed\nwindows"), IsEmpty());
    EXPECT_THAT(ids("failed", nullptr, {{"context", "a Windows guest"}}), ElementsAre("a"));
}

TEST_F(JudgeConditionsTest, TakesFactsFromWordsAboveThoseFromLines)
{
    EXPECT_THAT(ids("Linux version 6.10\nprobe", nullptr, {{"context", "Linux version 6.2"}}), ElementsAre("old-kernel"));
    EXPECT_THAT(ids("Linux version 6.2\nprobe", nullptr, {{"context", "Linux version 6.10"}}), IsEmpty());
}

TEST_F(JudgeTest, LetsNoFactOfSeveralValuesForbidARule)
{
    rules("- {id: a, title: t, area: x, cause: c, patterns: ['failed'], unless: ['gpu.vendor = intel']}\n");
    EXPECT_THAT(ids("8086:9a49 failed"), IsEmpty());
    EXPECT_THAT(ids("8086:9a49 failed", nullptr, {{"gpu.vendor", "amd"}}), ElementsAre("a"));
    EXPECT_THAT(ids("8086:9a49 failed", nullptr, {{"gpu.vendor", "amd"}, {"gpu.vendor", "intel"}}), ElementsAre("a"));
}

}  // namespace
}  // namespace gpupass
