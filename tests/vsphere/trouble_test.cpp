#include "vsphere/vcenter.hpp"

#include <gmock/gmock.h>

#include <fstream>

// Servers that break, lie and do not come back; certificates that are not the right ones.

namespace gpupass::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Words = std::vector<std::string>;
using std::chrono::milliseconds;

const Words attach_debian{"attach", "auto", "--vm", "debian", "--start", "--yes"};

// Certificates.

TEST(VsphereCertificate, OneThatNobodyVouchesForIsRefusedAndNamed)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    std::ofstream{world.folder / "certificates", std::ios::trunc};
    const Finished asked = world.gpupass({"inspect"});
    EXPECT_EQ(asked.exit_code, 4);
    EXPECT_THAT(asked.err, HasSubstr(world.access().at("sha256").get<std::string>().substr(0, 20)));
    EXPECT_EQ(world.counters().at("sessions"), 0) << "nobody logged in: the password was not sent";
}

TEST(VsphereCertificate, OneThatChangedIsRefused)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    ASSERT_EQ(world.gpupass({"inspect"}).exit_code, 0);
    world.order({{"new_certificate", true}});
    const Finished asked = world.gpupass({"inspect"});
    EXPECT_EQ(asked.exit_code, 4);
    EXPECT_THAT(asked.err, HasSubstr("not the one that was pinned"));
    world.trust();
    EXPECT_EQ(world.gpupass({"inspect"}).exit_code, 0);
}

TEST(VsphereCertificate, ItsSha1WillDoAsApin)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    std::ofstream{world.folder / "certificates"} << world.address() << " " << world.access().at("sha1").get<std::string>() << "\n";
    EXPECT_EQ(world.gpupass({"inspect"}).exit_code, 0);
}

TEST(VsphereLogin, AWrongPasswordIsTriedOnce)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    const Finished asked = world.gpupass({"inspect"}, "", {.argv = {}, .environment = {{"GPUPASS_PASSWORD", "wrong"}}});
    EXPECT_EQ(asked.exit_code, 4);
    EXPECT_THAT(asked.err, HasSubstr("password"));
    EXPECT_EQ(world.counters().at("calls").at("Login"), 1) << "an account is locked after some failures";
}

// A server in trouble.

class VsphereTrouble : public testing::TestWithParam<json> {};

TEST_P(VsphereTrouble, ReadingPassesIt)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    world.order(GetParam());
    EXPECT_EQ(world.gpupass({"inspect"}).exit_code, 0);
}

/// Whatever happens at any call of a run: it ends done, or can be resumed to the goal, and undone to the start.
TEST_P(VsphereTrouble, ARunEndsInItsGoalAndCanBeUndone)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    const json before = world.gpupass_json({"inspect"});
    world.order(GetParam());
    Finished last = world.gpupass(attach_debian);
    for (int tries = 0; tries < 5 && last.exit_code != 0; ++tries)
        last = world.gpupass({"resume", "--yes"});
    EXPECT_EQ(last.exit_code, 0) << last.err;
    EXPECT_EQ(world.gpupass_json({"inspect"}).at("gpus").at(0).at("vm"), "debian");
    world.order(GetParam());
    last = world.gpupass({"undo", "--yes"});
    for (int tries = 0; tries < 5 && last.exit_code != 0; ++tries)
        last = world.gpupass({"resume", "--yes"});
    EXPECT_EQ(essence_of(world.gpupass_json({"inspect"})), essence_of(before)) << last.err;
    EXPECT_EQ(world.counters().at("cut"), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, VsphereTrouble,
                         testing::Values(json{{"drop", 2}}, json{{"busy", 2}}, json{{"half", 2}}, json{{"expire", true}},
                                         json{{"drop_after", "ReconfigVM_Task"}}, json{{"drop_after", "PowerOnVM_Task"}},
                                         json{{"drop_after", "WaitForUpdatesEx"}}, json{{"drop_after", "RebootHost_Task"}}, json{{"method", "ReconfigVM_Task"}, {"fault", "TaskInProgress"}}),
                         [](const auto& which) {
                             std::string name = which.param.dump();
                             std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
                             return name;
                         });

TEST(VsphereTroubles, KilledAtAnyMomentOfARunIsResumedToTheGoal)
{
    Vsphere world{{"--vcenter", "--hosts", "1", "--boot-ms", "300"}};
    const json before = world.gpupass_json({"inspect"});
    int interrupted = 0;
    for (const int after : {500, 900, 1400, 2000, 2800}) {
        const Words words{"attach", "auto", "--vm", "debian-01", "--start", "--yes"};
        (void)world.gpupass(words, "", {.argv = {}, .kill_after = milliseconds{after}});
        const bool is_open = world.gpupass({"status"}).exit_code != 0;
        interrupted += is_open;
        Finished last{.exit_code = is_open ? 5 : world.gpupass(words).exit_code};  // else it had not begun yet, or was done
        for (int tries = 0; tries < 6 && last.exit_code != 0; ++tries)
            last = world.gpupass({"resume", "--yes"});
        EXPECT_EQ(last.exit_code, 0) << "killed after " << after << " ms: " << last.err;
        const json now = world.gpupass_json({"inspect"});
        if (now.at("gpus").at(0).at("vm") != "debian-01")
            ADD_FAILURE() << "killed after " << after << " ms: " << now.at("gpus");
        EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0) << after;
        EXPECT_EQ(essence_of(world.gpupass_json({"inspect"})), essence_of(before)) << after;
    }
    EXPECT_EQ(world.counters().at("cut"), 0);
    EXPECT_GE(interrupted, 2) << "most moments lie within a run";
}

}  // namespace
}  // namespace gpupass::test
