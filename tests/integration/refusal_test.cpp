#include "integration/world.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

// Everything that must not work, and must say so: keys, passwords, hosts that are down, hang or stay pending.

namespace gpupass::test {
namespace {

using nlohmann::json;
using testing::AnyOf;
using testing::HasSubstr;
using std::chrono::seconds;

const std::vector<std::string> attach_debian{"attach", "auto", "--vm", "debian", "--start", "--yes"};

/// One paragraph that says what, and what next.
void expect_clear(const Finished& finished)
{
    EXPECT_THAT(finished.err, HasSubstr("error: ")) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("next: ")) << finished.err;
    EXPECT_LT(finished.err.size(), 3000u) << finished.err;
}

class Refusal : public testing::Test {
protected:
    Refusal() : files(world.files()) {}
    /// The first run is in the journal and about to act.
    std::function<bool()> once_begun()
    {
        return [this] { return std::filesystem::exists(world.folder / "state" / "gpupass" / "rescue" / "run-1.txt"); };
    }
    void expect_untouched() { EXPECT_EQ(difference(files, world.files()), ""); }
    World world;
    std::map<std::string, std::string> files;
};

TEST_F(Refusal, UnknownHostKey)
{
    Launch launch = world.launch(attach_debian);
    const auto empty = world.folder / "nobody_known";
    std::ofstream{empty};
    for (std::string& word : launch.argv)
        if (word == world.access().at("known_hosts").get<std::string>())
            word = empty;
    const Finished refused = run(launch);
    EXPECT_EQ(refused.exit_code, 4);
    EXPECT_THAT(refused.err, HasSubstr("SHA256:"));
    expect_clear(refused);
    expect_untouched();
}

TEST_F(Refusal, ChangedHostKeyEvenWithYes)
{
    const std::filesystem::path known = world.access().at("known_hosts").get<std::string>();
    std::string text;
    std::getline(std::ifstream{known}, text, '\0');
    // Another valid key: the same with one character of its body changed.
    const auto body = text.find("AAAA") + 40;
    text[body] = text[body] == 'B' ? 'C' : 'B';
    std::ofstream{world.folder / "changed"} << text;
    Launch launch = world.launch(attach_debian);
    for (std::string& word : launch.argv)
        if (word == known)
            word = world.folder / "changed";
    const Finished refused = run(launch);
    EXPECT_EQ(refused.exit_code, 4);
    expect_clear(refused);
    expect_untouched();
}

TEST_F(Refusal, WrongPasswordIsNeverShown)
{
    Launch launch = world.launch(attach_debian);
    for (std::size_t i = 0; i < launch.argv.size(); ++i)
        if (launch.argv[i] == "--identity")
            launch.argv.erase(launch.argv.begin() + static_cast<long>(i), launch.argv.begin() + static_cast<long>(i) + 2);
    launch.environment["GPUPASS_PASSWORD"] = "s3cret-that-is-wrong";
    const Finished refused = run(launch);
    EXPECT_EQ(refused.exit_code, 4) << refused.err;
    EXPECT_EQ((refused.out + refused.err).find("s3cret"), std::string::npos);
    expect_clear(refused);
    launch.environment["GPUPASS_PASSWORD"] = "simulated";
    launch.argv.push_back("--plan");
    EXPECT_EQ(run(launch).exit_code, 0) << "the right one opens";
    expect_untouched();
}

TEST_F(Refusal, HostDown)
{
    Launch launch = world.launch(attach_debian);
    launch.argv[2] = "esxi+ssh://root@127.0.0.1:1";
    const Finished refused = run(launch);
    EXPECT_EQ(refused.exit_code, 4);
    expect_clear(refused);
}

TEST_F(Refusal, AHangInTheMiddleEndsWithinTheDeadline)
{
    world.set_faults({"stall:3000"});
    const Finished refused = world.gpupass({"inspect"}, {.limit = seconds{150}});
    EXPECT_THAT(refused.exit_code, AnyOf(0, 4)) << refused.err;  // 0: what was not answered is unknown
    EXPECT_LT(refused.took, seconds{140});
    world.clear_faults();
    expect_untouched();
}

TEST_F(Refusal, GarbageIsNotBelieved)
{
    world.set_faults({"garbage:200"});
    const Finished refused = world.gpupass(attach_debian);
    EXPECT_EQ(refused.exit_code, 4) << refused.err;
    expect_clear(refused);
    world.clear_faults();
    expect_untouched();
}

TEST_F(Refusal, AHostThatStaysPendingIsRebootedOnce)
{
    world.set_faults({"pending-forever"});
    const json stopped = world.gpupass_json(attach_debian);
    EXPECT_THAT(stopped.at("exit"), AnyOf(1, 5)) << stopped;
    EXPECT_EQ(stopped.at("run").at("state"), "stopped");
    const int reboots = world.calls().at("reboots").get<int>();
    EXPECT_EQ(reboots, 1);
    EXPECT_THAT(stopped.dump(), HasSubstr("pending"));
    (void)world.gpupass({"resume", "--yes"});
    EXPECT_EQ(world.calls().at("reboots").get<int>(), reboots) << "resume does not reboot it again";
    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    expect_untouched();
}

TEST_F(Refusal, SettingsLostAtTheRebootStopTheRun)
{
    world.set_faults({"settings-lost"});
    const json stopped = world.gpupass_json(attach_debian);
    EXPECT_EQ(stopped.at("run").at("state"), "stopped") << stopped;
    EXPECT_EQ(world.calls().at("reboots").get<int>(), 1);
    world.clear_faults();
    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    expect_untouched();
}

TEST_F(Refusal, AnotherDeviceAtTheAddressAfterTheReboot)
{
    world.set_faults({"bdf-shift"});
    const json stopped = world.gpupass_json(attach_debian);
    EXPECT_EQ(stopped.at("run").at("state"), "stopped") << stopped;
    EXPECT_THAT(stopped.dump(), HasSubstr("0000:00:02.0 is "));
    world.clear_faults();
}

TEST_F(Refusal, DiskFullAtTheVmxLosesNothing)
{
    world.set_faults({"disk-full"});
    const Finished failed = world.gpupass(attach_debian);
    EXPECT_NE(failed.exit_code, 0);
    expect_clear(failed);
    world.clear_faults();
    const json status = world.gpupass_json({"status"});
    if (status.at("exit") == 5) {
        EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    }
    expect_untouched();
}

TEST_F(Refusal, GuestsThatCannotBeAskedBlockByName)
{
    for (const char* fault : {"no-tools:router", "question:router"}) {
        world.set_faults({fault});
        const Finished refused = world.gpupass(attach_debian);
        EXPECT_NE(refused.exit_code, 0) << fault;
        EXPECT_THAT(refused.err, HasSubstr("router")) << fault;
        world.clear_faults();
        if (world.gpupass({"status"}).exit_code == 5) {
            EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
        }
        expect_untouched();
    }
}

TEST_F(Refusal, TheSecondGpupassIsToldWhoHoldsTheHostUnderEitherName)
{
    world.set_faults({"slow-reboot:6"});
    std::thread first{[&] { EXPECT_EQ(world.gpupass(attach_debian).exit_code, 0); }};
    for (const auto begun = once_begun(); !begun();)
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    Launch other = world.launch(attach_debian);
    other.argv[2] = world.uri("localhost");
    const std::filesystem::path known = world.folder / "known_both";
    {
        std::ifstream in{world.access().at("known_hosts").get<std::string>()};
        std::ofstream out{known};
        for (std::string line; std::getline(in, line);) {
            out << line << '\n';
            if (const auto at = line.find("127.0.0.1"); at != std::string::npos)
                out << line.replace(at, 9, "localhost") << '\n';
        }
    }
    for (std::string& word : other.argv)
        if (word == world.access().at("known_hosts").get<std::string>())
            word = known;
    const Finished second = run(other);
    EXPECT_THAT(second.exit_code, AnyOf(4, 5)) << second.err;  // 4 only while the host is down
    if (second.exit_code == 5) {
        EXPECT_THAT(second.err, HasSubstr("another gpupass"));
    }
    first.join();
    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    expect_untouched();
}

TEST_F(Refusal, ADeadHolderIsNoObstacle)
{
    const Finished killed = world.gpupass(attach_debian, {.kill_when = once_begun()});
    EXPECT_EQ(killed.exit_code, 128 + 9);
    EXPECT_EQ(world.gpupass({"status"}).exit_code, 5);
    EXPECT_EQ(world.gpupass({"resume", "--yes"}).exit_code, 0);
    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    expect_untouched();
}

TEST_F(Refusal, CtrlCFinishesTheStepAndExitsFive)
{
    const Finished stopped = world.gpupass(attach_debian, {.interrupt_when = once_begun()});
    EXPECT_EQ(stopped.exit_code, 5) << stopped.err;
    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    expect_untouched();
}

}  // namespace
}  // namespace gpupass::test
