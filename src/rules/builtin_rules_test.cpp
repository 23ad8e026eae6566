#include "rules/checks.hpp"
#include "rules/rule_set.hpp"
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

std::vector<Pattern> compiled(const Rule& rule)
{
    std::vector<Pattern> patterns;
    for (const auto* texts : {&rule.patterns, &rule.told})
        for (const std::string& text : *texts)
            patterns.push_back(Pattern::compile(text).value());
    return patterns;
}

bool finds(const std::vector<Pattern>& patterns, const std::string& line)
{
    MatchSpace space;
    return std::ranges::any_of(patterns, [&](const Pattern& one) { return one.match(line, space).has_value(); });
}

/// Lower-case words with which advice may begin.
bool begins_with_a_verb(const std::string& fix)
{
    static const std::set<std::string> no_verbs{"the", "a", "an", "this", "it", "there", "when", "if", "in", "on", "by", "with", "for", "your", "that"};
    const std::string first = fix.substr(0, fix.find_first_of(" ,:;`"));
    return !first.empty() && first[0] >= 'a' && first[0] <= 'z' && !no_verbs.contains(first);
}

TEST(BuiltinRules, MatchTheirExamplesAndIgnoreTheOthers)
{
    for (const Rule& rule : builtin_rules()) {
        const auto patterns = compiled(rule);
        for (const std::string& line : rule.matches)
            EXPECT_TRUE(finds(patterns, line)) << rule.id << ": " << line;
        for (const std::string& line : rule.ignores)
            EXPECT_FALSE(finds(patterns, line)) << rule.id << ": " << line;
    }
}

TEST(BuiltinRules, HaveAnExampleForEachOfTheirPatterns)
{
    for (const Rule& rule : builtin_rules()) {
        const bool has_patterns = !rule.patterns.empty() || !rule.told.empty();
        EXPECT_EQ(has_patterns, !rule.matches.empty()) << rule.id;
        EXPECT_EQ(has_patterns, !rule.ignores.empty()) << rule.id;
        MatchSpace space;
        for (const Pattern& pattern : compiled(rule))
            EXPECT_TRUE(std::ranges::any_of(rule.matches, [&](const auto& line) { return pattern.match(line, space).has_value(); }))
                << rule.id << " has a pattern without an example";
    }
}

/// What PCRE2 finds in the examples is found by the search for lines as well, at the right place.
TEST(BuiltinRules, AreFoundInALogByTheirExamples)
{
    const RuleSet& rules = RuleSet::builtin();
    std::string log = "nothing\r\n";
    std::vector<std::pair<std::size_t, long>> wanted;
    MatchSpace space;
    long number = 1;
    for (const Rule& rule : rules.rules())
        for (const std::string& line : rule.matches) {
            log += line + "\r\n";
            ++number;
            for (std::size_t i = 0; i < rules.patterns().size(); ++i)
                if (rules.patterns()[i].role == Role::betrays && &rules.rules()[rules.patterns()[i].owner] == &rule && rules.match(i, line, space))
                    wanted.emplace_back(i, number);
        }
    const Sightings seen = scan(rules, {"log", log});
    for (const auto& [pattern, line] : wanted) {
        const auto found = seen.of.find(pattern);
        ASSERT_NE(found, seen.of.end()) << rules.patterns()[pattern].text;
        const auto at_line = [&](const Sighting& one) { return one.evidence.line == line; };
        EXPECT_TRUE(found->second.size() >= 6 || std::ranges::any_of(found->second, at_line)) << rules.patterns()[pattern].text;
    }
    EXPECT_EQ(seen.lines, number);
}

TEST(BuiltinRules, AreThereAndHaveUniqueIds)
{
    std::set<std::string> ids;
    for (const Rule& rule : builtin_rules())
        EXPECT_EQ(ids.insert(rule.id).second, !rule.variant) << rule.id;
    EXPECT_GE(ids.size(), 300U);
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
        for (const std::string& fix : rule.fix)
            EXPECT_TRUE(begins_with_a_verb(fix)) << rule.id << ": " << fix;
        EXPECT_FALSE(rule.links.empty()) << rule.id;
        for (const std::string& link : rule.links)
            EXPECT_TRUE(link.starts_with("https://")) << rule.id << ": " << link;
    }
}

TEST(BuiltinRules, UseNoLookAroundAndNoBackReferences)
{
    for (const Rule& rule : builtin_rules())
        for (const SearchPattern& pattern : search_patterns({{rule}, {}}))
            for (const char* construct : {"(?=", "(?!", "(?<=", "(?<!", "\\1", "\\2", "\\k", "(?P=", "(?R"})
                EXPECT_FALSE(pattern.text.contains(construct)) << rule.id << ": " << pattern.text;
}

TEST(BuiltinRules, NameOnlyIdsThatExist)
{
    for (const Rule& rule : builtin_rules())
        for (const auto* ids : {&rule.over, &rule.also})
            for (const std::string& id : *ids)
                EXPECT_NE(find_rule(id), nullptr) << rule.id << " names " << id;
}

TEST(BuiltinRules, ConcernWhatAnUmbrellaAloneCannotSay)
{
    for (const Rule& rule : builtin_rules())
        if (rule.umbrella) {
            EXPECT_EQ(rule.certainty, Certainty::possible) << rule.id;
            EXPECT_FALSE(rule.collect.empty()) << rule.id;
        }
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

    for (const Finding& finding : match_rules(std::span{&log, 1}))
        EXPECT_EQ(finding.severity, Severity::info) << finding.id;
}

/// Ordinary lines of machines on which all is well: kernels, ESXi, QEMU, KubeVirt, Windows.
TEST(BuiltinRules, AreQuietOnEverydayLines)
{
    std::ifstream in{EVERYDAY_LOG};
    const LogText log{"everyday.log", {std::istreambuf_iterator<char>{in}, {}}};
    ASSERT_GT(log.text.size(), 20'000U);

    for (const Finding& finding : match_rules(std::span{&log, 1}))
        EXPECT_EQ(finding.severity, Severity::info) << finding.id << ": " << finding.evidence.front().text;
}

}  // namespace
}  // namespace gpupass
