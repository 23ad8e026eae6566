#include "transport/ssh_fixture.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using SshEach = Ssh;

TEST_F(SshEach, GoesOnBehindEntriesThatDoNotAnswer)
{
    for (const char* name : {"a", "b", "c", "d"}) {
        fs::create_directories(home_.path() / "bus" / name);
        test::write_text(home_.path() / "bus" / name / "x", "1\n");
        if (std::string_view{"bd"}.contains(name)) {
            ASSERT_EQ(mkfifo((home_.path() / "bus" / name / "y").c_str(), 0600), 0);
        }
    }
    const auto host = machine();
    host->entry_time = 50ms;
    const std::vector<Query> queries{Cmd{{"echo", "1"}}, ReadEach{home_.file("bus"), {"x", "y"}}, Cmd{{"echo", "3"}}};
    const auto begin = Clock::now();
    const auto answers = host->ask(queries, Deadline::in(15s));
    ASSERT_TRUE(answers) << answers.error();
    EXPECT_LT(Clock::now() - begin, 8s);
    EXPECT_EQ((*answers)[0].out, "1\n");
    EXPECT_EQ((*answers)[1], (Answer{.out = "a\tx\t=1\nb\t!\tno answer\nc\tx\t=1\nd\t!\tno answer\n"}));
    EXPECT_EQ((*answers)[2].out, "3\n");
}

TEST_F(SshEach, EndsWhenTooManyEntriesDoNotAnswer)
{
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
        fs::create_directories(home_.path() / "bus" / name);
        ASSERT_EQ(mkfifo((home_.path() / "bus" / name / "y").c_str(), 0600), 0);
    }
    const auto host = machine();
    host->entry_time = 20ms;
    const std::vector<Query> queries{ReadEach{home_.file("bus"), {"y"}}, Cmd{{"echo", "2"}}};
    const auto answers = host->ask(queries, Deadline::in(15s));
    ASSERT_TRUE(answers) << answers.error();
    EXPECT_EQ((*answers)[0].state, Answer::State::timed_out);
    EXPECT_EQ((*answers)[0].out, "a\t!\tno answer\nb\t!\tno answer\nc\t!\tno answer\nd\t!\tno answer\n");
    EXPECT_EQ((*answers)[1].out, "2\n");
}

TEST_F(SshEach, TellsOfAPokeThatBlocks)
{
    test::write_text(home_.file("a"), "longer");
    ASSERT_EQ(mkfifo(home_.file("fifo").c_str(), 0600), 0);
    const auto host = machine();
    host->query_time = 300ms;
    const Poke query{{{home_.file("a"), "1"}, {home_.file("fifo"), "2"}}};
    const auto answer = ask_one(*host, query, Deadline::in(15s));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(*answer,
              (Answer{.state = Answer::State::timed_out,
                      .out = "1",
                      .err = home_.file("fifo") + ": the write does not come back\n"}));
    EXPECT_EQ(test::read_text(home_.file("a")), "1");
}

}  // namespace
}  // namespace gpupass
