#include "integration/world.hpp"
#include "vsphere/vcenter.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

// The story of the NUC 11 over the vSphere API: the real program, real HTTPS, govmomi's simulator with what it lacks of passthrough.

namespace gpupass::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Words ids(const json& list)
{
    Words out;
    for (const json& item : list)
        out.push_back(item.at("id"));
    return out;
}

Words attach(const std::string& vm) { return {"attach", "auto", "--vm", vm, "--start", "--yes"}; }

void expect_sound_requests(const Vsphere& world)
{
    const Finished checked = run({.argv = {"/usr/bin/python3", "-B", CHECK_REQUESTS, world.requests().string()}});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

TEST(VsphereStory, HasTheStepsOfTheSshWayInTheirOrderButTheProofOfSsh)
{
    World by_ssh;
    Vsphere by_api{{"--esxi"}};
    Words expected = ids(by_ssh.gpupass_json({"attach", "auto", "--vm", "debian", "--start", "--plan"}).at("plan").at("steps"));
    EXPECT_EQ(std::erase(expected, "prove-ssh"), 1u);
    const json plan = by_api.gpupass_json({"attach", "auto", "--vm", "debian", "--start", "--plan"});
    EXPECT_EQ(plan.at("exit"), 0);
    EXPECT_EQ(ids(plan.at("plan").at("steps")), expected);
    EXPECT_TRUE(plan.at("plan").at("blockers").empty());
}

TEST(VsphereStory, AHostAloneGivesItsGpuAndGetsItBack)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    const json before = world.gpupass_json({"inspect"});
    ASSERT_EQ(before.at("exit"), 0);
    EXPECT_EQ(before.at("host").at("console_gpu"), "0000:00:02.0");

    const json attached = world.gpupass_json(attach("debian"));
    EXPECT_EQ(attached.at("exit"), 0) << attached;
    EXPECT_EQ(attached.at("run").at("state"), "done");
    EXPECT_EQ(attached.at("verdict"), "unproven");
    const json now = world.gpupass_json({"inspect"});
    EXPECT_EQ(now.at("gpus").at(0).at("state"), "active");
    EXPECT_EQ(now.at("gpus").at(0).at("vm"), "debian");
    EXPECT_EQ(world.counters().at("vms").at("debian").at("power"), "poweredOn");
    EXPECT_EQ(world.gpupass_json(attach("debian")).at("run").at("steps").size(), 0u) << "there is nothing left to do";

    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    EXPECT_EQ(essence_of(world.gpupass_json({"inspect"})), essence_of(before));
    EXPECT_EQ(world.counters().at("cut"), 0) << "no guest was cut off";
    EXPECT_EQ(world.counters().at("reboots"), 2);
    expect_sound_requests(world);
}

TEST(VsphereStory, OneHostOfAVcenterGivesItsGpuAndTheOthersSeeNothingOfIt)
{
    Vsphere world{{"--vcenter", "--hosts", "3", "--boot-ms", "300"}};
    const json before = world.gpupass_json({"inspect"}, "esx02.lab"), other = world.gpupass_json({"inspect"}, "esx01.lab");
    const Finished unnamed = world.gpupass({"verify", "--vm", "debian-02"});
    EXPECT_EQ(unnamed.exit_code, 2) << "this works on one host";
    EXPECT_THAT(unnamed.err, HasSubstr("esx02.lab"));

    const json attached = world.gpupass_json(attach("debian-02"), "esx02.lab");
    EXPECT_EQ(attached.at("run").at("state"), "done") << attached;
    EXPECT_EQ(world.gpupass_json({"inspect"}, "esx02.lab").at("gpus").at(0).at("vm"), "debian-02");
    EXPECT_EQ(essence_of(world.gpupass_json({"inspect"}, "esx01.lab")), essence_of(other));
    EXPECT_THAT(world.gpupass({"inspect"}).out, HasSubstr("2 agree, 1 differs"));
    EXPECT_THAT(world.gpupass({"inspect", "--state", "active", "--csv"}).out, HasSubstr("\"esx02.lab\""));

    EXPECT_EQ(world.gpupass({"undo", "--yes"}, "esx02.lab").exit_code, 0);
    EXPECT_EQ(essence_of(world.gpupass_json({"inspect"}, "esx02.lab")), essence_of(before));
    EXPECT_EQ(world.counters().at("cut"), 0);
    const json calls = world.counters().at("calls");
    EXPECT_EQ(calls.at("EnterMaintenanceMode_Task"), calls.at("ExitMaintenanceMode_Task"));
    expect_sound_requests(world);
}

TEST(VsphereStory, GuestsThatDrsMovesKeepRunning)
{
    Vsphere world{{"--vcenter", "--hosts", "3", "--drs", "--boot-ms", "300"}};
    const json plan = world.gpupass_json({"attach", "auto", "--vm", "linux4-02", "--start", "--plan"}, "esx02.lab");
    ASSERT_THAT(ids(plan.at("plan").at("steps")), ElementsAre("release-console", "enable-passthrough", "reboot-host", "reserve-memory", "add-device", "start-vm"))
        << "nobody is shut down";
    EXPECT_THAT(ids(plan.at("plan").at("warnings")), testing::Contains("guests-leave"));
    EXPECT_THAT(plan.dump(), HasSubstr("EnterMaintenanceMode_Task; RebootHost_Task; ExitMaintenanceMode_Task"));
    EXPECT_THAT(ids(world.gpupass_json({"attach", "auto", "--vm", "vCLS-02", "--plan"}, "esx02.lab").at("plan").at("blockers")), testing::Contains("vm-is-the-clusters"));
    EXPECT_THAT(world.gpupass({"attach", "auto", "--vm", "linux4-*", "--plan"}).out, HasSubstr("guests-leave"));

    const json attached = world.gpupass_json(attach("linux4-02"), "esx02.lab");
    EXPECT_EQ(attached.at("exit"), 0) << attached;
    json counters = world.counters();
    EXPECT_EQ(counters.at("moved"), 2);
    EXPECT_EQ(counters.at("vms").at("debian-02").at("power"), "poweredOn");
    EXPECT_FALSE(counters.at("calls").contains("ShutdownGuest"));
    EXPECT_EQ(world.gpupass({"undo", "--yes"}, "esx02.lab").exit_code, 0);
    counters = world.counters();
    EXPECT_EQ(counters.at("cut"), 0);
    EXPECT_EQ(counters.at("reboots"), 2);
    EXPECT_EQ(counters.at("vms").at("linux4-02").at("power"), "poweredOff");
    EXPECT_EQ(counters.at("calls").at("PowerOnVM_Task"), 1) << "the cluster's agent is the cluster's own";
    expect_sound_requests(world);
}

TEST(VsphereFleet, ManyHostsChangeOneAfterTheOtherAndNoGuestIsCut)
{
    Vsphere world{{"--vcenter", "--hosts", "3", "--boot-ms", "300"}};
    const json before = world.gpupass_json({"inspect"});
    EXPECT_EQ(before.at("hosts").size(), 3u);
    const Finished plan = world.gpupass({"attach", "auto", "--vm", "debian-*", "--start", "--plan"});
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("3 hosts: esx01.lab, esx02.lab, esx03.lab"));
    EXPECT_EQ(world.counters().at("reboots"), 0);

    const json attached = world.gpupass_json({"attach", "auto", "--vm", "debian-*", "--start", "--yes", "--at-once", "3"});
    EXPECT_EQ(attached.at("exit"), 0) << attached;
    for (const json& host : attached.at("hosts"))
        EXPECT_EQ(host.at("run").at("state"), "done");
    EXPECT_THAT(world.gpupass({"inspect"}).out, HasSubstr("3 hosts, all agree"));
    EXPECT_EQ(world.gpupass({"attach", "auto", "--vm", "debian-*", "--start", "--yes"}).exit_code, 0) << "nothing is left to do";
    EXPECT_EQ(world.counters().at("reboots"), 3);

    EXPECT_EQ(world.gpupass({"detach", "auto", "--yes"}).exit_code, 0);
    EXPECT_EQ(world.counters().at("reboots"), 6);
    EXPECT_EQ(world.counters().at("cut"), 0);
    EXPECT_THAT(world.gpupass({"inspect", "--state", "active", "--csv"}).out, testing::Not(HasSubstr("esx0")));
}

TEST(VsphereFleet, StopsAfterTheFirstFailureAndLeavesTheOthersAlone)
{
    Vsphere world{{"--vcenter", "--hosts", "3", "--boot-ms", "300"}};
    world.order({{"method", "UpdateOptions"}, {"fault", "HostConfigFault"}});
    const Finished attached = world.gpupass({"attach", "auto", "--vm", "debian-*", "--yes"});
    EXPECT_EQ(attached.exit_code, 1);
    EXPECT_THAT(attached.out, HasSubstr("0 done, 1 failed, 2 not begun"));
    EXPECT_THAT(attached.err, HasSubstr("/esx01.lab resume"));
    const Finished status = world.gpupass({"status"});
    EXPECT_EQ(status.exit_code, 5) << "the vCenter's address stands for all its hosts";
    EXPECT_THAT(status.out, HasSubstr("esx01.lab"));
    EXPECT_EQ(world.counters().at("reboots"), 0);
    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0) << "only one run can be meant";
    EXPECT_EQ(world.gpupass({"status"}).exit_code, 0);
}

TEST(VsphereFleet, WhatFitsNoHostIsAnError)
{
    Vsphere world{{"--vcenter", "--hosts", "2", "--boot-ms", "300"}};
    EXPECT_EQ(world.gpupass({"attach", "auto", "--vm", "nobody-*", "--yes"}).exit_code, 1);
    EXPECT_EQ(world.gpupass({"attach", "auto", "--vm", "*", "--plan"}).exit_code, 2) << "several VMs a host";
    EXPECT_EQ(world.gpupass({"detach", "auto", "--cluster", "nowhere", "--yes"}).exit_code, 1);
}

TEST(VsphereStory, OldReleasesGetNoFieldTheyDoNotKnow)
{
    Vsphere world{{"--esxi", "--release", "6.7"}};
    const json attached = world.gpupass_json(attach("debian"));
    EXPECT_EQ(attached.at("run").at("state"), "done") << attached;
    EXPECT_EQ(world.gpupass({"undo", "--yes"}).exit_code, 0);
    expect_sound_requests(world);
}

TEST(VsphereStory, AVmThatDoesNotStartIsExplained)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    ASSERT_EQ(world.gpupass(attach("debian")).exit_code, 0);
    world.order({{"method", "PowerOnVM_Task"}, {"fault", "GenericVmConfigFault"}});
    ASSERT_EQ(world.gpupass({"detach", "auto", "--yes"}).exit_code, 1);
    EXPECT_EQ(world.gpupass({"resume", "--yes"}).exit_code, 0);
}

TEST(VsphereStory, AVmThatWaitsForAnAnswerBlocks)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    world.order({{"question", "debian"}});
    const json plan = world.gpupass_json({"attach", "auto", "--vm", "debian", "--plan"});
    EXPECT_EQ(plan.at("exit"), 3);
    EXPECT_THAT(ids(plan.at("plan").at("blockers")), testing::Contains("vm-has-question"));
}

TEST(VsphereStory, ACaptureReplaysWithoutSecretsAndWithoutALogin)
{
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    const Finished captured = world.gpupass({"capture"});
    ASSERT_EQ(captured.exit_code, 0) << captured.err;
    EXPECT_THAT(captured.out, testing::Not(HasSubstr(world.access().at("password").get<std::string>())));
    const std::filesystem::path file = world.folder / "capture.json";
    std::ofstream{file} << captured.out;
    const Finished replayed = run({.argv = {GPUPASS, "--host", "capture:" + file.string(), "inspect", "--json"}, .environment = {{"HOME", world.folder / "home"}}});
    ASSERT_EQ(replayed.exit_code, 0) << replayed.err;
    EXPECT_EQ(essence_of(json::parse(replayed.out)), essence_of(world.gpupass_json({"inspect"})));
}

TEST(VsphereGuest, VmwareToolsAreAWayIntoTheGuest)
{
    for (const bool behind_vcenter : {false, true}) {
        Vsphere world{behind_vcenter ? Words{"--vcenter", "--hosts", "2"} : Words{"--esxi"}};
        const std::string inner = behind_vcenter ? "esx01.lab" : "", vm = behind_vcenter ? "debian-01" : "debian";
        const std::string user = world.access().at("guest_user");
        const auto verify = [&](const std::string& password) {
            return world.gpupass_json({"verify", "--vm", vm, "--guest", "tools:" + user, "--device", "8086:9a49", "--fast"}, inner, {.argv = {}, .environment = {{"GPUPASS_GUEST_PASSWORD", password}}});
        };
        const json asked = verify(world.access().at("guest_password"));
        EXPECT_EQ(asked.at("exit"), 1) << asked;
        EXPECT_EQ(asked.at("verdict"), "not-working") << "this computer has no such GPU";
        EXPECT_THAT(ids(asked.at("checks")), testing::Contains("pci-present"));
        const json refused = verify("wrong");
        EXPECT_EQ(refused.at("verdict"), "unproven");
        EXPECT_THAT(refused.dump(), HasSubstr("refuses this user or password"));
        EXPECT_TRUE(world.counters().at("guest_leftovers").empty());
        expect_sound_requests(world);
    }
}

TEST(VsphereGuest, ToolsNeedAVmAndTheApi)
{
    Vsphere world{{"--esxi"}};
    const Launch how{.argv = {}, .environment = {{"GPUPASS_GUEST_PASSWORD", "secret"}}};
    EXPECT_EQ(world.gpupass({"verify", "--guest", "tools:anna"}, {}, how).exit_code, 2);
    EXPECT_EQ(world.gpupass({"verify", "--vm", "debian", "--guest", "tools:"}, {}, how).exit_code, 2);
    EXPECT_EQ(world.gpupass({"verify", "--vm", "debian", "--guest", "tools:anna"}).exit_code, 4) << "no password, and nobody to ask";
    World ssh;
    EXPECT_THAT(ssh.gpupass({"verify", "--vm", "debian", "--guest", "tools:anna", "--device", "8086:9a49"}, how).out, HasSubstr("by the vSphere API alone"));
}

// The licence of a free ESXi.

TEST(VsphereFree, ALicenceThatForbidsChangesBlocksAndNamesTheWay)
{
    Vsphere world{{"--esxi", "--free"}};
    EXPECT_EQ(world.gpupass({"inspect"}).exit_code, 0) << "reading is allowed";
    const json plan = world.gpupass_json({"attach", "auto", "--vm", "debian", "--plan"});
    EXPECT_EQ(plan.at("exit"), 3);
    ASSERT_THAT(ids(plan.at("plan").at("blockers")), testing::Contains("licence-forbids-writes"));
    EXPECT_THAT(plan.at("plan").at("blockers").dump(), HasSubstr("ssh: esxi+ssh://"));
}

TEST(VsphereFree, ChangesGoBySshWhereThereIsSuchAWay)
{
    Vsphere api{{"--esxi", "--free"}};
    World ssh;
    const std::string known = ssh.access().at("known_hosts");
    std::filesystem::create_directories(api.folder / "config" / "gpupass");
    std::ofstream{api.folder / "config" / "gpupass" / "hosts.yaml"}
        << "hosts:\n  nuc: {uri: '" << api.uri() << "', thumbprint: '" << api.access().at("sha256").get<std::string>() << "', ssh: '" << ssh.uri() << "', identity: '"
        << ssh.access().at("identity").get<std::string>() << "', known_hosts: '" << known << "'}\n";
    const auto gpupass = [&](Words args) {
        args.insert(args.begin(), {GPUPASS, "--host", "nuc"});
        return run({.argv = args, .environment = {{"HOME", api.folder / "home"}, {"XDG_STATE_HOME", api.folder / "state"}, {"XDG_CONFIG_HOME", api.folder / "config"},
                                                  {"GPUPASS_PASSWORD", api.access().at("password")}}});
    };
    const Finished plan = gpupass({"attach", "auto", "--vm", "debian", "--start", "--plan"});
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(plan.out + plan.err, HasSubstr("changes-go-by-ssh"));
    EXPECT_THAT(plan.out + plan.err, HasSubstr("esxcli system settings kernel set -s vga -v FALSE"));
    const Finished attached = gpupass(attach("debian"));
    EXPECT_EQ(attached.exit_code, 0) << attached.err;
    EXPECT_EQ(ssh.gpupass_json({"inspect"}).at("gpus").at(0).at("vm"), "debian");
    EXPECT_EQ(gpupass({"undo", "--yes"}).exit_code, 0);
}

}  // namespace
}  // namespace gpupass::test
