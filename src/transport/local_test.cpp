#include "transport/local.hpp"

#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Cmd = Run;  // Run is a member of testing::Test

Answer answer_of(Machine& machine, Query query)
{
    auto answer = ask_one(machine, std::move(query), Deadline::in(10s));
    EXPECT_TRUE(answer) << answer.error();
    return answer.value_or(Answer{});
}

class LocalFilesTest : public testing::Test {
protected:
    test::TempFolder folder_;
    std::unique_ptr<Machine> machine_ = make_local_machine(folder_.path());
};

TEST_F(LocalFilesTest, ReadsFilesBelowTheRoot)
{
    fs::create_directories(folder_.path() / "sys/bus");
    test::write_text(folder_.path() / "sys/bus/vendor", "0x8086\n");
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/sys/bus/vendor"}), (Answer{.out = "0x8086\n"}));
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/sys/bus/vendor", 3}).out, "86\n");
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/sys/bus/vendor", 300}).out, "0x8086\n");
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/sys/bus/missing"}).exit_code, 1);
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/sys/bus"}).exit_code, 1);
}

TEST_F(LocalFilesTest, FollowsNoLinkOutOfTheRoot)
{
    test::write_text(folder_.path() / "passwd", "inside");
    fs::create_symlink("/passwd", folder_.path() / "absolute");
    fs::create_symlink("../../../../../../passwd", folder_.path() / "relative");
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/absolute"}).out, "inside");
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/relative"}).out, "inside");
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/../../../passwd"}).out, "inside");
}

TEST_F(LocalFilesTest, DoesNotWaitForAFifo)
{
    ASSERT_EQ(mkfifo(folder_.file("fifo").c_str(), 0600), 0);
    EXPECT_NE(answer_of(*machine_, ReadFile{"/fifo"}).exit_code, 0);
}

TEST_F(LocalFilesTest, ReadsLinksAndFolders)
{
    fs::create_symlink("../drivers/i915", folder_.path() / "driver");
    test::write_text(folder_.path() / ".b", "");
    test::write_text(folder_.path() / "a", "");
    EXPECT_EQ(answer_of(*machine_, ReadLink{"/driver"}).out, "../drivers/i915\n");
    EXPECT_NE(answer_of(*machine_, ReadLink{"/a"}).exit_code, 0);
    EXPECT_EQ(answer_of(*machine_, ListDir{"/"}).out, ".b\na\ndriver\n");
    EXPECT_NE(answer_of(*machine_, ListDir{"/a"}).exit_code, 0);
}

TEST_F(LocalFilesTest, CutsLongFilesAndSaysSo)
{
    test::write_text(folder_.path() / "long", std::string(200'000, 'a') + "end");
    machine_->answer_limit = 1000;
    const auto answer = answer_of(*machine_, ReadFile{"/long"});
    EXPECT_EQ(answer.out, std::string(1000, 'a'));
    EXPECT_TRUE(answer.truncated);
    EXPECT_EQ(answer_of(*machine_, ReadFile{"/long", 4}).out, "aend");
}

TEST_F(LocalFilesTest, WritesOnlyOverTheExpectedContent)
{
    const std::string path = "/it's";
    const fs::path file = folder_.path() / "it's";
    EXPECT_EQ(answer_of(*machine_, WriteFile{path, "new\n", "old"}).exit_code, 3);
    EXPECT_EQ(answer_of(*machine_, WriteFile{path, "new\n", {}, 0640}).exit_code, 0);
    EXPECT_EQ(fs::status(file).permissions(), fs::perms{0640});
    EXPECT_EQ(answer_of(*machine_, WriteFile{path, "newer", {}}).exit_code, 3);
    EXPECT_EQ(answer_of(*machine_, WriteFile{path, "newer", "new"}).exit_code, 3);
    EXPECT_EQ(answer_of(*machine_, WriteFile{path, "newer", "new\n\n"}).exit_code, 3);
    EXPECT_EQ(test::read_text(file), "new\n");
    EXPECT_EQ(answer_of(*machine_, WriteFile{path, "newer", "new\n"}).exit_code, 0);
    EXPECT_EQ(test::read_text(file), "newer");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms{0640});
    fs::create_symlink("it's", folder_.path() / "link");
    EXPECT_EQ(answer_of(*machine_, WriteFile{"/link", "x", "newer"}).exit_code, 3);
    EXPECT_NE(answer_of(*machine_, WriteFile{"/no/folder", "x"}).exit_code, 0);
    EXPECT_EQ(answer_of(*machine_, ListDir{"/"}).out, "it's\nlink\n");
}

TEST(LocalMachine, RunsPrograms)
{
    const auto machine = make_local_machine();
    EXPECT_EQ(answer_of(*machine, Cmd{{"sh", "-c", "echo out; echo err >&2; exit 7"}}), (Answer{.exit_code = 7, .out = "out\n", .err = "err\n"}));
    EXPECT_EQ(answer_of(*machine, Cmd{{"printf", "%s", "$(x) 'y'\n"}}).out, "$(x) 'y'\n");
    EXPECT_EQ(answer_of(*machine, Cmd{{"no-such-program"}}).exit_code, 127);
    EXPECT_EQ(answer_of(*machine, Cmd{{"/"}}).exit_code, 126);
    EXPECT_EQ(answer_of(*machine, Cmd{{"sh", "-c", "kill -9 $$"}}).exit_code, 137);
    EXPECT_EQ(answer_of(*machine, Cmd{{"cat"}}).out, "");
}

TEST(LocalMachine, FeedsInputThatIsNotRead)
{
    const auto machine = make_local_machine();
    const std::string text(1'000'000, 'x');
    EXPECT_TRUE(answer_of(*machine, Cmd{{"cat"}, text}).out == text);
    EXPECT_EQ(answer_of(*machine, Cmd{{"true"}, text}), Answer{});
}

TEST(LocalMachine, KillsWhatHangsWithItsChildren)
{
    const auto machine = make_local_machine();
    machine->query_time = 200ms;
    const test::TempFolder folder;
    const std::vector<Query> queries{Cmd{{"sh", "-c", "echo begun; (sleep 1; echo late >" + folder.file("late") + ") & sleep 20"}}, Cmd{{"echo", "next"}}};
    const auto begin = Clock::now();
    const auto answers = machine->ask(queries, Deadline::in(10s));
    ASSERT_TRUE(answers) << answers.error();
    EXPECT_LT(Clock::now() - begin, 3s);
    EXPECT_EQ((*answers)[0].state, Answer::State::timed_out);
    EXPECT_EQ((*answers)[0].out, "begun\n");
    EXPECT_EQ((*answers)[1].out, "next\n");
    std::this_thread::sleep_for(1100ms);
    EXPECT_FALSE(fs::exists(folder.file("late")));
}

TEST(LocalMachine, DoesNotWaitForABackgroundProcess)
{
    const auto machine = make_local_machine();
    const auto begin = Clock::now();
    EXPECT_EQ(answer_of(*machine, Cmd{{"sh", "-c", "sleep 3 & echo done"}}).out, "done\n");
    EXPECT_LT(Clock::now() - begin, 2s);
}

TEST(LocalMachine, EndsAtTheDeadlineOfTheBatch)
{
    const Query query = Cmd{{"sleep", "20"}};
    const auto answers = make_local_machine()->ask({&query, 1}, Deadline::in(200ms));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().kind, ErrorKind::timeout);
}

TEST(LocalMachine, CutsLongOutput)
{
    const auto machine = make_local_machine();
    machine->answer_limit = 100;
    const auto answer = answer_of(*machine, Cmd{{"sh", "-c", "yes | head -c 1000000"}});
    EXPECT_EQ(answer.out.size(), 100u);
    EXPECT_TRUE(answer.truncated);
    EXPECT_EQ(answer.exit_code, 0);
}

TEST(LocalMachine, RefusesWhatNoMachineCanAnswer)
{
    const Query query = ReadFile{"relative"};
    const auto answers = make_local_machine()->ask({&query, 1}, Deadline::in(1s));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace gpupass
