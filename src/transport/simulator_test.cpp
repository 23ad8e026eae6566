#include "transport/simulator.hpp"

#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <csignal>

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A script that stands for gpupass-sim: it writes access.json for a port that this test listens on.
class Launcher : public testing::Test {
protected:
    void write_binary(const std::string& body)
    {
        test::write_text(binary(), "#!/bin/sh\n" + body);
        fs::permissions(binary(), fs::perms::owner_all);
    }
    std::string access(const std::string& pid) const
    {
        const std::string port = std::to_string(server_.port());
        return "mkdir -p \"$2\"; echo '{\"pid\":'" + pid + "',\"host\":\"127.0.0.1\",\"host_port\":" + port + ",\"guest_port\":" + port +
               ",\"identity\":\"i\",\"known_hosts\":\"k\"}' >\"$2/access.tmp\"; mv \"$2/access.tmp\" \"$2/access.json\"\n";
    }
    fs::path binary() const { return folder_.path() / "gpupass-sim"; }
    Result<SimulatorAccess> start() const { return start_simulator(binary(), folder_.path(), "nuc11"); }
    std::string starts() const { return test::read_text(folder_.path() / "starts"); }

    test::TempFolder folder_;
    test::TcpServer server_{[](const Fd&) {}};
};

TEST_F(Launcher, StartsASimulatorAndFindsItAgain)
{
    const std::string count = "echo x >>" + folder_.file("starts") + "\n";
    write_binary(count + "[ \"$1 $3 $4\" = '--state --world nuc11' ] || exit 1\n" + access("$$") + "echo $$ >" + folder_.file("pid") + "; exec sleep 20\n");
    const auto first = start();
    ASSERT_TRUE(first) << first.error();
    EXPECT_EQ(first->host.text(), "esxi+ssh://root@127.0.0.1:" + std::to_string(server_.port()));
    EXPECT_EQ(first->guest.user, "user");
    EXPECT_EQ(first->identity, "i");
    const auto second = start();
    ASSERT_TRUE(second) << second.error();
    EXPECT_EQ(starts(), "x\n");
    kill(std::stoi(test::read_text(folder_.path() / "pid")), SIGKILL);
}

TEST_F(Launcher, SaysWhyTheSimulatorEnded)
{
    write_binary("echo 'no such world' >&2; exit 2\n");
    const auto access = start();
    ASSERT_FALSE(access);
    EXPECT_THAT(access.error().what, HasSubstr("no such world"));
}

TEST_F(Launcher, WaitsForTheOneThatWasFaster)
{
    write_binary(access(std::to_string(getpid())) + "exit 5\n");
    EXPECT_TRUE(start());
}

TEST_F(Launcher, SaysThatThereIsNoSimulator)
{
    const auto access = start();
    ASSERT_FALSE(access);
    EXPECT_EQ(access.error().kind, ErrorKind::not_found);
}

TEST_F(Launcher, RefusesAWorldThatIsAPath)
{
    for (const char* world : {"", "../x", "a/b", "-x", "A"})
        EXPECT_EQ(start_simulator(binary(), folder_.path(), world).error().kind, ErrorKind::usage) << world;
}

}  // namespace
}  // namespace gpupass
