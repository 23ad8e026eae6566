#include "rules/scanner.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using testing::ElementsAre;

constexpr std::string_view yaml = R"(
- {id: a, title: t, area: x, cause: c, patterns: ['needle (?<device>\S+)', '^begin', 'end$', 'one\s+two']}
)";

class ScannerTest : public testing::Test {
protected:
    Sightings seen(std::string_view text, std::size_t step = 1 << 20)
    {
        Scanner scanner{rules_};
        scanner.start("log");
        for (; !text.empty(); text.remove_prefix(std::min(step, text.size())))
            scanner.feed(text.substr(0, step));
        return scanner.finish();
    }
    static std::vector<long> lines(const Sightings& seen, std::size_t pattern)
    {
        std::vector<long> all;
        if (const auto found = seen.of.find(pattern); found != seen.of.end())
            for (const Sighting& one : found->second)
                all.push_back(one.evidence.line);
        return all;
    }

    RuleSet rules_{RuleSet::of({parse_rules(yaml, "test").value(), {}}).value()};
};

TEST_F(ScannerTest, CountsLinesWhereverTheBytesAreCut)
{
    const std::string text = "x\nneedle 1\r\n\nbegin\nan end\r\nneedle 2";
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1000}}) {
        const Sightings all = seen(text, step);
        EXPECT_THAT(lines(all, 0), ElementsAre(2, 6));
        EXPECT_THAT(lines(all, 1), ElementsAre(4));
        EXPECT_THAT(lines(all, 2), ElementsAre(5));
        EXPECT_EQ(all.lines, 6);
        EXPECT_EQ(all.bytes, static_cast<long long>(text.size()));
    }
}

TEST_F(ScannerTest, NeverMatchesOverTheEndOfALine) { EXPECT_THAT(lines(seen("one\ntwo\none two\n"), 3), ElementsAre(3)); }

TEST_F(ScannerTest, ReadsOnBehindALineLongerThanItsBuffer)
{
    const std::string text = "needle 1\n" + std::string(3'000'000, 'x') + " needle 9\nneedle 2\n" + std::string(600'000, 'y');
    const Sightings all = seen(text);

    EXPECT_THAT(lines(all, 0), ElementsAre(1, 3));
    EXPECT_EQ(all.lines, 4);
}

TEST_F(ScannerTest, SearchesAroundThePlaceInALongLine)
{
    const Sightings all = seen(std::string(100'000, 'x') + " needle 1 " + std::string(100'000, 'y'));

    ASSERT_THAT(lines(all, 0), ElementsAre(1));
    const Evidence& line = all.of.at(0)[0].evidence;
    EXPECT_EQ(line.text.substr(line.from, line.to - line.from), "needle 1");
    EXPECT_LE(line.text.size(), 500U);
}

TEST_F(ScannerTest, KeepsTheFirstTheNewDevicesAndTheLast)
{
    std::string text;
    for (int i = 0; i < 50; ++i)
        text += "needle a\n";
    text += "needle b\n";
    for (int i = 0; i < 50; ++i)
        text += "needle a\n";

    EXPECT_THAT(lines(seen(text), 0), ElementsAre(1, 2, 3, 4, 5, 51, 101));
}

TEST_F(ScannerTest, CountsTheLinesOfALogWithoutAnyNews)
{
    EXPECT_EQ(seen("").lines, 0);
    EXPECT_EQ(seen("a").lines, 1);
    EXPECT_EQ(seen("a\n").lines, 1);
    EXPECT_EQ(seen("a\n\n").lines, 2);
}

}  // namespace
}  // namespace gpupass
