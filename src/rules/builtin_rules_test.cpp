#include "rules/checks.hpp"
#include "rules/rules.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <regex>
#include <set>

// Every rule that is compiled in proves itself with its own examples.

namespace gpupass {
namespace {

bool finds(const Rule& rule, const std::string& line)
{
    const LogText log{"log", line};
    const Matcher matcher{std::span{&rule, 1}};
    return !matcher.match(std::span{&log, 1}, nullptr).empty();
}

TEST(BuiltinRules, MatchTheirExamplesAndIgnoreTheOthers)
{
    for (const Rule& rule : builtin_rules()) {
        for (const std::string& line : rule.matches)
            EXPECT_TRUE(finds(rule, line)) << rule.id << ": " << line;
        for (const std::string& line : rule.ignores)
            EXPECT_FALSE(finds(rule, line)) << rule.id << ": " << line;
    }
}

TEST(BuiltinRules, HaveExamplesForAllTheirPatterns)
{
    for (const Rule& rule : builtin_rules()) {
        EXPECT_EQ(rule.patterns.empty(), rule.matches.empty()) << rule.id;
        EXPECT_EQ(rule.patterns.empty(), rule.ignores.empty()) << rule.id;
    }
}

TEST(BuiltinRules, AreThereAndHaveUniqueIds)
{
    std::set<std::string> ids;
    for (const Rule& rule : builtin_rules())
        EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_GE(ids.size(), 15U);
}

TEST(BuiltinRules, NameChecksThatExist)
{
    for (const Rule& rule : builtin_rules())
        EXPECT_TRUE(rule.check.empty() || find_check(rule.check)) << rule.id << ": " << rule.check;
}

TEST(BuiltinRules, HaveFixesAndSecureLinks)
{
    for (const Rule& rule : builtin_rules()) {
        EXPECT_FALSE(rule.fix.empty()) << rule.id;
        EXPECT_FALSE(rule.links.empty()) << rule.id;
        for (const std::string& link : rule.links)
            EXPECT_TRUE(link.starts_with("https://")) << rule.id << ": " << link;
    }
}

TEST(BuiltinRules, UseNoLookAroundAndNoBackReferences)
{
    for (const Rule& rule : builtin_rules())
        for (const std::string& pattern : rule.patterns)
            for (const char* construct : {"(?=", "(?!", "(?<=", "(?<!", "\\1", "\\2", "\\k", "(?P=", "(?R"})
                EXPECT_FALSE(pattern.contains(construct)) << rule.id << ": " << pattern;
}

TEST(BuiltinRules, ConcernWhatAnUmbrellaAloneCannotSay)
{
    const auto umbrella = std::ranges::find(builtin_rules(), true, &Rule::umbrella);

    ASSERT_NE(umbrella, builtin_rules().end());
    EXPECT_EQ(umbrella->certainty, Certainty::possible);
    EXPECT_FALSE(umbrella->collect.empty());
}

TEST(BuiltinRules, AreFoundById)
{
    ASSERT_NE(find_rule("pending-after-reboot"), nullptr);
    EXPECT_EQ(find_rule("no-such-rule"), nullptr);
    const Finding finding = finding_of("device-address-moved", {{"device", "0000:00:02.0"}, {"found", "8086:15f3"}});
    EXPECT_THAT(finding.cause, testing::HasSubstr("At 0000:00:02.0 is now 8086:15f3 instead of (unknown)"));
}

TEST(BuiltinRules, HaveEveryIdThatTheProgramRaises)
{
    const std::regex use{"finding_of\\(\\s*\"([^\"]+)\""};
    int uses = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{SOURCE_ROOT}) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".cpp") || name.ends_with("_test.cpp"))
            continue;
        std::ifstream in{entry.path()};
        const std::string text{std::istreambuf_iterator<char>{in}, {}};
        for (std::sregex_iterator found{text.begin(), text.end(), use}, end; found != end; ++found, ++uses)
            EXPECT_NE(find_rule((*found)[1].str()), nullptr) << name << " raises " << (*found)[1];
    }
    EXPECT_GT(uses, 0);
}

TEST(BuiltinRules, AreQuietOnAHealthyStart)
{
    const LogText log{"vmware.log",
                      "PCIPassthru: Device 0000:00:02.0 barIndex 0 type 3 realaddr 0x6000000000 size 16777216 flags 0\n"
                      "PCIPassthru: successfully created the IOMMU mappings\n"
                      "i915 0000:13:00.0: [drm] Failed to find VBIOS tables (VBT)\n"
                      "Unable to configure the PCI device: Device owner is already configured to passthru.\n"};

    EXPECT_TRUE(match_rules(std::span{&log, 1}).empty());
}

}  // namespace
}  // namespace gpupass
