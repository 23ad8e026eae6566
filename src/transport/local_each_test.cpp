#include "transport/local.hpp"

#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::HasSubstr;

/// A piece of sysfs below a root of its own: devices, and a folder of links to them.
class LocalEach : public testing::Test {
protected:
    LocalEach()
    {
        fs::create_directories(root_.path() / "sys/bus/devices");
        fs::create_directories(root_.path() / "sys/drivers/nvidia");
    }

    fs::path add_device(const std::string& name)
    {
        const auto device = root_.path() / "sys/devices/pci0" / name;
        fs::create_directories(device);
        fs::create_symlink("../../devices/pci0/" + name, root_.path() / "sys/bus/devices" / name);
        return device;
    }

    Answer read(std::vector<std::string> names, const std::string& folder = "/sys/bus/devices")
    {
        auto answer = ask_one(*machine_, ReadEach{folder, std::move(names)}, Deadline::in(20s));
        EXPECT_TRUE(answer) << answer.error();
        return answer.value_or(Answer{});
    }

    test::TempFolder root_;
    std::unique_ptr<Machine> machine_ = make_local_machine(root_.path());
};

TEST_F(LocalEach, ReadsFilesLinksAndFolders)
{
    const auto card = add_device("0000:65:00.0");
    test::write_text(card / "vendor", "0x10de\n");
    test::write_text(card / "resource", "a b\nc\n\n");
    test::write_text(card / "empty", "");
    fs::create_symlink("../../../drivers/nvidia", card / "driver");
    fs::create_directories(card / "drm/card1");
    fs::create_directories(card / "drm/card0");
    fs::create_directories(card / "net");
    EXPECT_EQ(read({"vendor", "driver", "drm", "missing", "resource", "net", "empty"}),
              (Answer{.out = "0000:65:00.0\tvendor\t=0x10de\n"
                             "0000:65:00.0\tdriver\t>../../../drivers/nvidia\n"
                             "0000:65:00.0\tdrm\t/card0;card1\n"
                             "0000:65:00.0\tresource\t=a b;c;\n"
                             "0000:65:00.0\tnet\t/\n"
                             "0000:65:00.0\tempty\t=\n"}));
}

TEST_F(LocalEach, SortsEntriesAndKeepsTheOrderOfNames)
{
    for (const char* name : {"c", "a", "b"}) {
        test::write_text(add_device(name) / "x", "1\n");
        test::write_text(root_.path() / "sys/bus/devices" / name / "y", "2");
    }
    EXPECT_EQ(read({"y", "x"}).out, "a\ty\t=2\na\tx\t=1\nb\ty\t=2\nb\tx\t=1\nc\ty\t=2\nc\tx\t=1\n");
}

TEST_F(LocalEach, ReadsBelowNamesButNotOutOfTheRoot)
{
    const auto card = add_device("card");
    fs::create_directories(card / "power");
    test::write_text(card / "power/control", "auto\n");
    test::write_text(root_.path() / "etc", "inside");
    fs::create_symlink("../../../../../../../../../..", card / "up");
    fs::create_symlink("/", root_.path() / "sys/bus/devices/root");
    EXPECT_EQ(read({"power/control", "up/etc", "etc"}).out,
              "card\tpower/control\t=auto\ncard\tup/etc\t=inside\nroot\tetc\t=inside\n");
}

TEST_F(LocalEach, LeavesOutWhatCannotBeReadOrNotStandInALine)
{
    test::write_text(root_.path() / "sys/bus/devices/file", "no folder");
    fs::create_symlink("nowhere", root_.path() / "sys/bus/devices/dangling");
    for (const char* name : {".hidden", "new\nline", "a\ttab"})
        test::write_text(add_device(name) / "x", "1");
    const auto card = add_device("card");
    fs::create_symlink("a\nb", card / "link");
    fs::create_directories(card / "folder/.hidden");
    fs::create_directories(card / "folder/new\nline");
    EXPECT_EQ(read({"x", "link", "folder"}).out, "card\tfolder\t/\n");
    EXPECT_EQ(read({"x"}, "/sys/missing").exit_code, 1);
    EXPECT_EQ(read({"x"}, "/sys/drivers/nvidia"), Answer{});
}

TEST_F(LocalEach, CutsLongValuesAndLongAnswers)
{
    test::write_text(add_device("a") / "x", std::string(10'000, 'x'));
    EXPECT_EQ(read({"x"}).out, "a\tx\t=" + std::string(4096, 'x') + "\n");
    machine_->each_limit = 100;
    const Answer cut = read({"x"});
    EXPECT_EQ(cut.out.size(), 100u);
    EXPECT_TRUE(cut.truncated);
    machine_->each_limit = 5000;
    for (const char* name : {"b", "c", "d", "e"})
        test::write_text(add_device(name) / "x", std::string(4096, 'x'));
    EXPECT_TRUE(read({"x"}).truncated);
    EXPECT_EQ(read({"x"}).out.size(), 5000u);
}

/// Opening a FIFO that nobody writes to blocks, as reading an attribute of a device that fell off the bus does.
TEST_F(LocalEach, GoesOnBehindEntriesThatDoNotAnswer)
{
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        const auto device = add_device(name);
        test::write_text(device / "x", "1\n");
        if (std::string_view{"bce"}.contains(name)) {
            ASSERT_EQ(mkfifo((device / "y").c_str(), 0600), 0);
        } else
            test::write_text(device / "y", "2\n");
    }
    machine_->entry_time = 200ms;
    const auto begin = Clock::now();
    EXPECT_EQ(read({"x", "y"}).out,
              "a\tx\t=1\na\ty\t=2\n"
              "b\t!\tno answer within 200 ms\n"
              "c\t!\tno answer within 200 ms\n"
              "d\tx\t=1\nd\ty\t=2\n"
              "e\t!\tno answer within 200 ms\n");
    EXPECT_GE(Clock::now() - begin, 500ms);
    EXPECT_LT(Clock::now() - begin, 5s);
}

TEST_F(LocalEach, TellsWhatItHasWhenItsTimeIsOver)
{
    for (const char* name : {"a", "b"})
        test::write_text(add_device(name) / "x", "1\n");
    ASSERT_EQ(mkfifo((add_device("c") / "x").c_str(), 0600), 0);
    machine_->query_time = 200ms;
    machine_->entry_time = 10s;
    const Answer answer = read({"x"});
    EXPECT_EQ(answer.state, Answer::State::timed_out);
    EXPECT_EQ(answer.out, "a\tx\t=1\nb\tx\t=1\n");
}

TEST_F(LocalEach, ReadsThousandsInPartsAndInOrder)
{
    std::string expected;
    for (int i = 1000; i < 3000; ++i) {
        const std::string name = std::to_string(i);
        if (i % 500 == 7) {
            ASSERT_EQ(mkfifo((add_device(name) / "x").c_str(), 0600), 0);
        } else
            test::write_text(add_device(name) / "x", name + "\n");
        expected += name + (i % 500 == 7 ? "\t!\tno answer within 1000 ms\n" : "\tx\t=" + name + "\n");
    }
    machine_->entry_time = 1000ms;
    EXPECT_EQ(read({"x"}).out, expected);
}

TEST_F(LocalEach, LeavesNoProcessBehind)
{
    ASSERT_EQ(mkfifo((add_device("a") / "x").c_str(), 0600), 0);
    machine_->entry_time = 50ms;
    read({"x"});
    for (const auto& process : fs::directory_iterator{"/proc/self/task"})
        EXPECT_EQ(test::read_text(process.path() / "children"), "");
}

TEST_F(LocalEach, RefusesNamesThatLeadElsewhere)
{
    for (const char* name : {"", "/x", "../x", "a//b", "a/", ".", "a/../b", "a\tb", "a\nb", ".x"}) {
        const Query query = ReadEach{"/sys/bus/devices", {name}};
        EXPECT_FALSE(machine_->ask({&query, 1}, Deadline::in(1s))) << name;
    }
    const Query none = ReadEach{"/sys", {}}, relative = ReadEach{"sys", {"x"}};
    EXPECT_FALSE(machine_->ask({&none, 1}, Deadline::in(1s)));
    EXPECT_FALSE(machine_->ask({&relative, 1}, Deadline::in(1s)));
}

TEST_F(LocalEach, WorksOnTheRealSystem)
{
    const auto machine = make_local_machine();
    const auto answer = ask_one(*machine, ReadEach{"/proc", {"comm", "exe", "task"}}, Deadline::in(20s));
    ASSERT_TRUE(answer) << answer.error();
    const std::string self = std::to_string(getpid());
    EXPECT_THAT(answer->out, HasSubstr("\n" + self + "\tcomm\t=transport_test\n"));
    EXPECT_THAT(answer->out, HasSubstr("\n" + self + "\texe\t>/"));
    EXPECT_THAT(answer->out, HasSubstr("\n" + self + "\ttask\t/" + self));
}

}  // namespace
}  // namespace gpupass
