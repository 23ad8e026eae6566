#include "transport/ssh_fixture.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;

TEST_F(Ssh, AnswersABatchInItsOrder)
{
    test::write_text(home_.file("a b"), "text\n");
    std::filesystem::create_symlink("target", home_.file("link"));
    const std::vector<Query> queries{ReadFile{home_.file("a b")}, ReadLink{home_.file("link")}, ListDir{home_.path()},
                                     Cmd{{"sh", "-c", "echo out; echo err >&2; exit 7"}}, Cmd{{"no-such-program"}}, Cmd{{"cat"}, "in\n"},
                                     ReadFile{home_.file("missing")}, ReadFile{home_.file("a b"), 3}};
    const auto answers = machine()->ask(queries, Deadline::in(10s));
    ASSERT_TRUE(answers) << answers.error();
    ASSERT_EQ(answers->size(), queries.size());
    EXPECT_EQ((*answers)[0].out, "text\n");
    EXPECT_EQ((*answers)[1].out, "target\n");
    EXPECT_EQ((*answers)[2].out, "a b\nknown_hosts\nlink\n");
    EXPECT_EQ((*answers)[3], (Answer{.exit_code = 7, .out = "out\n", .err = "err\n"}));
    EXPECT_EQ((*answers)[4].exit_code, 127);
    EXPECT_EQ((*answers)[5].out, "in\n");
    EXPECT_EQ((*answers)[6].exit_code, 1);
    EXPECT_EQ((*answers)[7].out, "xt\n");
}

TEST_F(Ssh, GoesOnAfterAQueryThatHangs)
{
    const auto host = machine();
    host->query_time = 300ms;
    const std::vector<Query> queries{Cmd{{"echo", "1"}}, Cmd{{"sh", "-c", "echo begun; sleep 20"}}, Cmd{{"echo", "3"}}};
    const auto begin = Clock::now();
    const auto answers = host->ask(queries, Deadline::in(10s));
    ASSERT_TRUE(answers) << answers.error();
    EXPECT_LT(Clock::now() - begin, 5s);
    EXPECT_EQ((*answers)[0].out, "1\n");
    EXPECT_EQ((*answers)[1].state, Answer::State::timed_out);
    EXPECT_EQ((*answers)[1].out, "begun\n");
    EXPECT_EQ((*answers)[2], (Answer{.out = "3\n"}));
}

TEST_F(Ssh, EndsAtTheDeadlineOfTheBatch)
{
    const auto host = machine();
    const Query query = Cmd{{"sleep", "20"}};
    const auto begin = Clock::now();
    const auto answers = host->ask({&query, 1}, Deadline::in(500ms));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().kind, ErrorKind::timeout);
    EXPECT_EQ(answers.error().where.front(), "run sleep 20");
    EXPECT_LT(Clock::now() - begin, 3s);
    EXPECT_EQ(out_of(*host, {"echo", "again"}), "again\n");
}

TEST_F(Ssh, KeepsTheBeginningOfLongOutput)
{
    const auto host = machine();
    host->answer_limit = 1000;
    const std::vector<Query> queries{Cmd{{"sh", "-c", "yes | head -c 9000000; yes e | head -c 2000 >&2"}}, Cmd{{"echo", "next"}}};
    const auto answers = host->ask(queries, Deadline::in(20s));
    ASSERT_TRUE(answers) << answers.error();
    EXPECT_TRUE((*answers)[0].truncated);
    EXPECT_EQ((*answers)[0].out.size(), 1000u);
    EXPECT_EQ((*answers)[0].err.size(), 1000u);
    EXPECT_EQ((*answers)[1], (Answer{.out = "next\n"}));
}

TEST_F(Ssh, CarriesLargeTextBothWays)
{
    const std::string text(3'000'000, 'x');
    const auto answer = ask_one(*machine(), Cmd{{"cat"}, text}, Deadline::in(30s));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_TRUE(answer->out == text);
}

TEST_F(Ssh, RunsNothingOfHostileWords)
{
    const auto host = machine();
    const std::string trap = home_.file("trap");
    const std::vector<std::string> words{"a b", "it's", "$(touch " + trap + ")", "`touch " + trap + "`", "\";touch " + trap + ";\"",
                                         "'; touch " + trap + "; '", "\n touch " + trap + "\n", "\xf0\x9d\x84\x9e", "*", "~", "\\", "-n", "", "#", "&", "$HOME",
                                         "\x80\xff", "!!", "{a,b}"};
    std::vector<Query> queries;
    for (const auto& word : words)
        queries.push_back(Cmd{{"printf", "%s", word}});
    const auto answers = host->ask(queries, Deadline::in(10s));
    ASSERT_TRUE(answers) << answers.error();
    for (std::size_t i = 0; i < words.size(); ++i)
        EXPECT_EQ((*answers)[i].out, words[i]);
    for (const auto& word : words) {
        const std::string name = word.contains('/') || word.empty() ? "x" + std::to_string(word.size()) + word.substr(0, 3) : word;
        ASSERT_EQ(ask_one(*host, WriteFile{home_.file(name), word}, Deadline::in(10s))->exit_code, 0) << name;
        EXPECT_EQ(test::read_text(home_.file(name)), word);
    }
    EXPECT_FALSE(std::filesystem::exists(trap));
}

TEST_F(Ssh, WritesAFileOnlyOverTheExpectedContent)
{
    const auto host = machine();
    std::string bytes;
    for (int i = 255; i > 0; --i)
        bytes += static_cast<char>(i);
    const std::string path = home_.file("it's a $(file)");
    const auto write = [&](const std::string& content, std::optional<std::string> expected) {
        const auto answer = ask_one(*host, WriteFile{path, content, std::move(expected), 0640}, Deadline::in(10s));
        EXPECT_TRUE(answer) << answer.error();
        return answer ? answer->exit_code : -1;
    };
    EXPECT_EQ(write(bytes + "\n\n", "something"), 3);
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(write(bytes + "\n\n", {}), 0);
    EXPECT_EQ(test::read_text(path), bytes + "\n\n");
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
    EXPECT_EQ(write("other", {}), 3);
    EXPECT_EQ(write("other", bytes + "\n"), 3);
    EXPECT_EQ(write("other", bytes), 3);
    EXPECT_EQ(test::read_text(path), bytes + "\n\n");
    EXPECT_EQ(write("other", bytes + "\n\n"), 0);
    EXPECT_EQ(test::read_text(path), "other");
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
    EXPECT_EQ(write("", "other"), 0);
    EXPECT_EQ(write("again", ""), 0);
    EXPECT_EQ(test::read_text(path), "again");
    EXPECT_FALSE(std::filesystem::exists(path + ".gpupass-new"));
}

TEST_F(Ssh, SaysWhenAFileCannotBeWritten)
{
    const auto answer = ask_one(*machine(), WriteFile{home_.file("no/folder"), "x"}, Deadline::in(10s));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_NE(answer->exit_code, 0);
    EXPECT_NE(answer->exit_code, 3);
    EXPECT_FALSE(answer->err.empty());
}

}  // namespace
}  // namespace gpupass
