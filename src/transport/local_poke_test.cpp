#include "transport/local.hpp"

#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class LocalPoke : public testing::Test {
protected:
    LocalPoke()
    {
        for (const char* name : {"a", "b", "c"})
            test::write_text(root_.file(name), "a longer text\n");
    }

    Answer poke(std::vector<std::pair<std::string, std::string>> writes)
    {
        auto answer = ask_one(*machine_, Poke{std::move(writes)}, Deadline::in(20s));
        EXPECT_TRUE(answer) << answer.error();
        return answer.value_or(Answer{});
    }
    std::string text(const std::string& name) const { return test::read_text(root_.file(name)); }

    test::TempFolder root_;
    std::unique_ptr<Machine> machine_ = make_local_machine(root_.path());
};

TEST_F(LocalPoke, WritesInOrder)
{
    EXPECT_EQ(poke({{"/a", "vfio-pci\n"}, {"/b", "0000:65:00.0"}, {"/a", "\n"}}), (Answer{.out = "3"}));
    EXPECT_EQ(text("a"), "\n");
    EXPECT_EQ(text("b"), "0000:65:00.0");
}

TEST_F(LocalPoke, StopsAtTheFirstThatFails)
{
    EXPECT_EQ(poke({{"/a", "1"}, {"/missing", "2"}, {"/c", "3"}}),
              (Answer{.exit_code = ENOENT, .out = "1", .err = "/missing: No such file or directory\n"}));
    EXPECT_EQ(text("a"), "1");
    EXPECT_EQ(text("c"), "a longer text\n");
    EXPECT_FALSE(fs::exists(root_.file("missing")));
}

TEST_F(LocalPoke, TellsTheErrnoOfTheWrite)
{
    const auto machine = make_local_machine();
    const auto answer = ask_one(*machine, Poke{{{root_.file("a"), "1"}, {"/dev/full", "x"}}}, Deadline::in(20s));
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, (Answer{.exit_code = ENOSPC, .out = "1", .err = "/dev/full: No space left on device\n"}));
    EXPECT_EQ(poke({{"/", "x"}}).exit_code, EISDIR);
}

TEST_F(LocalPoke, StaysBelowTheRoot)
{
    fs::create_symlink("../../../../../../../a", root_.file("up"));
    fs::create_symlink("/b", root_.file("absolute"));
    EXPECT_EQ(poke({{"/up", "1"}, {"/absolute", "2"}, {"/../../c", "3"}}).out, "3");
    EXPECT_EQ(text("a") + text("b") + text("c"), "123");
}

/// Opening a FIFO that nobody reads blocks, as writing to `unbind` of a driver that waits for its users does.
TEST_F(LocalPoke, LeavesAWriteThatBlocksBehind)
{
    ASSERT_EQ(mkfifo(root_.file("fifo").c_str(), 0600), 0);
    machine_->query_time = 200ms;
    const auto begin = Clock::now();
    EXPECT_EQ(poke({{"/a", "1"}, {"/fifo", "2"}, {"/c", "3"}}),
              (Answer{.state = Answer::State::timed_out, .out = "1", .err = "/fifo: the write does not come back\n"}));
    EXPECT_LT(Clock::now() - begin, 3s);
    EXPECT_EQ(text("a"), "1");
    EXPECT_EQ(text("c"), "a longer text\n");
}

TEST_F(LocalPoke, RefusesWhatIsNoLine)
{
    for (const std::string& value : {std::string{}, std::string{"a\nb"}, std::string{"a\n\n"}, std::string{"a\0", 2}}) {
        const Query query = Poke{{{"/a", value}}};
        EXPECT_FALSE(machine_->ask({&query, 1}, Deadline::in(1s))) << value;
    }
    const Query none = Poke{}, relative = Poke{{{"a", "x"}}};
    EXPECT_FALSE(machine_->ask({&none, 1}, Deadline::in(1s)));
    EXPECT_FALSE(machine_->ask({&relative, 1}, Deadline::in(1s)));
}

}  // namespace
}  // namespace gpupass
