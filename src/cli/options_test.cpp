#include "cli/options.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace gpupass::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Options> parse(std::vector<std::string> words)
{
    return parse_options(words);
}

TEST(Options, GlobalOptionsStandBeforeOrAfterTheCommand)
{
    const auto before = parse({"--host", "a", "--json", "--identity", "key", "attach", "auto", "--vm", "debian"});
    const auto after = parse({"attach", "--vm", "debian", "auto", "--json", "--identity=key", "--host", "a"});
    ASSERT_TRUE(before && after);
    for (const Options& o : {*before, *after}) {
        EXPECT_EQ(o.command, "attach");
        EXPECT_THAT(o.hosts, ElementsAre("a"));
        EXPECT_TRUE(o.json);
        EXPECT_EQ(o.identity, "key");
        EXPECT_EQ(o.gpu, "auto");
        EXPECT_EQ(o.vm, "debian");
    }
}

TEST(Options, ARepeatedOptionNeverSwallowsTheCommand)
{
    const auto options = parse({"--host", "a", "--host", "b", "inspect", "--host", "c"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->command, "inspect");
    EXPECT_THAT(options->hosts, ElementsAre("a", "b", "c"));
}

TEST(Options, ConsentsAreCollected)
{
    const auto options = parse({"attach", "auto", "--vm", "v", "--accept", "0000:00:1f.3", "--accept", "no-ssh-proof", "--power-off", "a b"});
    ASSERT_TRUE(options);
    EXPECT_THAT(options->consents.accept, ElementsAre("0000:00:1f.3", "no-ssh-proof"));
    EXPECT_THAT(options->consents.power_off, ElementsAre("a b"));
}

TEST(Options, ValuesAreTakenAsTheyAre)
{
    const auto options = parse({"attach", "auto", "--vm", "[a,b]", "--power-off", "[x,y]", "--guest=linux+ssh://u@h"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->vm, "[a,b]");
    EXPECT_THAT(options->consents.power_off, ElementsAre("[x,y]"));
    EXPECT_EQ(parse({"attach", "auto", "--vm", "inspect"})->vm, "inspect");
    EXPECT_EQ(parse({"explain", "status"})->rule, "status");
}

TEST(Options, UndoTakesANumberOrNone)
{
    EXPECT_EQ(parse({"undo", "12", "--print"})->run, 12);
    EXPECT_FALSE(parse({"undo"})->run);
    EXPECT_FALSE(parse({"undo", "x"}));
    EXPECT_FALSE(parse({"undo", "0"}));
}

struct Wrong {
    std::vector<std::string> words;
    std::string what;
    std::string next;
};

class WrongWords : public testing::TestWithParam<Wrong> {};

TEST_P(WrongWords, AreNamedWithTheNearestRightOne)
{
    const auto options = parse(GetParam().words);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().kind, ErrorKind::usage);
    EXPECT_THAT(options.error().what, HasSubstr(GetParam().what));
    EXPECT_THAT(options.error().next, HasSubstr(GetParam().next));
}

INSTANTIATE_TEST_SUITE_P(Options, WrongWords,
                         testing::Values(Wrong{{}, "no command", "inspect"}, Wrong{{"inspct"}, "inspct", "`gpupass inspect`"},
                                         Wrong{{"share", "auto"}, "`gpupass share` is not there yet", "commands are"},
                                         Wrong{{"--jsno", "inspect"}, "--jsno", "`--json`"},
                                         Wrong{{"inspect", "--hots=a"}, "--hots", "`--host`"},
                                         Wrong{{"attach", "auto", "--vm", "v", "--strat"}, "--strat", "`--start`"},
                                         Wrong{{"attach", "auto"}, "--vm", "attach --help"},
                                         Wrong{{"attach", "--vm", "v"}, "GPU", "attach --help"},
                                         Wrong{{"status", "now"}, "now", "status --help"}, Wrong{{"inspect", "--host"}, "--host", "--help"}));

TEST(Options, HelpNamesTheCommandsOptions)
{
    EXPECT_THAT(parse({"--help"})->help, HasSubstr("attach"));
    EXPECT_THAT(parse({"attach", "--help"})->help, HasSubstr("--start"));
}

TEST(Options, AllWordsHasEveryCommandForCompletion)
{
    const auto words = all_words();
    EXPECT_EQ(words.size(), 15u);  // the global ones and fourteen commands
    for (const CommandWords& command : words)
        if (command.command.name == "attach") {
            const auto vm = std::ranges::find(command.options, "--vm", &Word::name);
            ASSERT_NE(vm, command.options.end());
            EXPECT_TRUE(vm->takes_value);
            EXPECT_FALSE(std::ranges::find(command.options, "--start", &Word::name)->takes_value);
        }
}

}  // namespace
}  // namespace gpupass::cli
