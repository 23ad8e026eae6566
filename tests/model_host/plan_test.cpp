#include "model_host/model_host.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// Plans for the NUC 11 of the story and for hosts that differ from it in one fact each.

namespace gpupass::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr PciAddress gpu{0, 0, 2, 0};

std::vector<std::string> ids(const Plan& plan)
{
    std::vector<std::string> out;
    for (const Step& step : plan.steps)
        out.push_back(step.id);
    return out;
}

std::vector<std::string> blockers(const Plan& plan)
{
    std::vector<std::string> out;
    for (const Blocker& blocker : plan.blockers) {
        out.push_back(blocker.id);
        EXPECT_FALSE(blocker.why.empty() || blocker.fix.empty()) << blocker.id;
    }
    return out;
}

Plan attach_plan(const HostFacts& facts, AttachRequest request = {.gpu = gpu, .vm = "debian", .start = true})
{
    const auto goal = esxi::attach_goal(facts, request);
    EXPECT_TRUE(goal) << goal.error();
    return goal ? esxi::plan(facts, *goal) : Plan{};
}

const Step& step(const Plan& plan, const std::string& id)
{
    return *std::ranges::find(plan.steps, id, &Step::id);
}

TEST(EsxiPlan, AttachOnTheNucHasTheStepsOfTheContractInTheirOrder)
{
    const Plan plan = attach_plan(nuc11());
    EXPECT_THAT(ids(plan), ElementsAre("prove-ssh", "stop-guests", "release-console", "enable-passthrough", "reboot-host", "reserve-memory",
                                       "viommu-off", "add-device", "start-vm", "start-guests"));
    EXPECT_THAT(plan.blockers, IsEmpty());
    EXPECT_EQ(step(plan, "reboot-host").impact, Impact::host_reboot);
    EXPECT_TRUE(step(plan, "reboot-host").loses_console);
    EXPECT_EQ(step(plan, "stop-guests").impact, Impact::vm_power_off);
    EXPECT_THAT(step(plan, "add-device").sets, testing::Contains(Want{"vm.debian.pciPassthru0.id", "00000:000:02.0"}));
}

TEST(EsxiPlan, AddressInAVmxIsDecimal)
{
    HostFacts facts = nuc11();
    facts.pci[0].address = {0, 0x1a, 0, 1};
    facts.settings["pci.0000:1a:00.1.owner"] = {"host", "host"};
    const Plan plan = attach_plan(facts, {.gpu = {0, 0x1a, 0, 1}, .vm = "debian"});
    EXPECT_THAT(step(plan, "add-device").sets, testing::Contains(Want{"vm.debian.pciPassthru0.id", "00000:026:00.1"}));
}

TEST(EsxiPlan, WithTheConsoleGoneNoRebootIsPlanned)
{
    HostFacts facts = nuc11();
    facts.settings["kernel.vga"] = {"FALSE", "FALSE"};
    facts.console_gpu.reset();
    const Plan plan = attach_plan(facts);
    EXPECT_THAT(ids(plan), ElementsAre("stop-guests", "enable-passthrough", "reserve-memory", "viommu-off", "add-device", "start-vm"));
    EXPECT_TRUE(std::get<SetOwner>(step(plan, "enable-passthrough").change).apply_now);
    EXPECT_EQ(std::get<StopVms>(step(plan, "stop-guests").change).ask, std::vector<std::string>{"debian"}) << "the router runs on";
}

TEST(EsxiPlan, PendingFromBeforeNeedsTheReboot)
{
    HostFacts facts = nuc11();
    facts.settings["kernel.vga"] = {"FALSE", "FALSE"};
    facts.console_gpu.reset();
    facts.settings["pci.0000:00:02.0.owner"] = {"passthrough", "host"};
    EXPECT_THAT(ids(attach_plan(facts)), testing::Contains("reboot-host"));
    EXPECT_THAT(ids(attach_plan(facts)), testing::Not(testing::Contains("enable-passthrough")));
}

TEST(EsxiPlan, WindowsWithASnapshotIsBlockedAndWarned)
{
    const Plan plan = attach_plan(nuc11(), {.gpu = gpu, .vm = "windows11"});
    EXPECT_THAT(blockers(plan), ElementsAre("vm-has-snapshots"));
    EXPECT_TRUE(std::ranges::any_of(plan.warnings, [](const Warning& w) { return w.text.find("blue") != std::string::npos && w.source.starts_with("http"); }));
}

TEST(EsxiPlan, AVmThatWasOffEndsOffUnlessAskedToStart)
{
    HostFacts facts = nuc11();
    facts.vms[0].snapshots = 0;
    EXPECT_THAT(ids(attach_plan(facts, {.gpu = gpu, .vm = "windows11"})), testing::Not(testing::Contains("start-vm")));
    EXPECT_THAT(ids(attach_plan(facts, {.gpu = gpu, .vm = "windows11", .start = true})), testing::Contains("start-vm"));
}

struct Spoiled {
    const char* blocker;
    std::function<void(HostFacts&)> spoil;
};

class EsxiBlockers : public testing::TestWithParam<Spoiled> {};

TEST_P(EsxiBlockers, OneFactOneBlockerWithAFix)
{
    HostFacts facts = nuc11();
    GetParam().spoil(facts);
    EXPECT_THAT(blockers(attach_plan(facts)), ElementsAre(GetParam().blocker));
}

INSTANTIATE_TEST_SUITE_P(
    All, EsxiBlockers,
    testing::Values(
        Spoiled{"vm-has-snapshots", [](HostFacts& f) { f.vms[1].snapshots = 2; }},
        Spoiled{"vm-snapshots-unknown", [](HostFacts& f) { f.vms[1].snapshots.reset(); }},
        Spoiled{"vm-encrypted", [](HostFacts& f) { f.vms[1].encrypted = true; }},
        Spoiled{"vm-suspended", [](HostFacts& f) { f.vms[1].power = Power::suspended; }},
        Spoiled{"vm-power-unknown", [](HostFacts& f) { f.vms[1].power = Power::unknown; }},
        Spoiled{"vm-is-the-clusters", [](HostFacts& f) { f.vms[1].mover = Mover::cluster; }},
        Spoiled{"vm-unreadable", [](HostFacts& f) { f.vms[1].unreadable = "line 3 and 9: vvtd.enable twice"; }},
        Spoiled{"vm-has-question", [](HostFacts& f) { f.vms[2].question = "moved or copied?"; }},
        Spoiled{"guest-cannot-stop", [](HostFacts& f) { f.vms[2].tools_running = false; }},
        Spoiled{"not-passthrough-capable", [](HostFacts& f) { f.pci[0].passthrough_capable = false; }},
        Spoiled{"not-enough-memory", [](HostFacts& f) { f.memory_reservable_mb = 8191; }},
        Spoiled{"ssh-not-permanent", [](HostFacts& f) { f.way_back.ssh_starts_with_host = false; }},
        Spoiled{"ssh-closes-itself", [](HostFacts& f) { f.way_back.shell_timeout_s = 900; }},
        Spoiled{"boot-volume-not-on-disk", [](HostFacts& f) { f.way_back.boot_volume_on_disk = false; }},
        Spoiled{"no-ssh-proof", [](HostFacts& f) { f.way_back.ssh_starts_with_host.reset(); }},
        Spoiled{"host-in-maintenance", [](HostFacts& f) { f.maintenance = true; }},
        Spoiled{"runs-on-this-host", [](HostFacts& f) { f.inside_this_host = true; }},
        Spoiled{"unknown-setting", [](HostFacts& f) { f.settings["kernel.vga"] = {}; }},
        Spoiled{"gpu-held-by-vm", [](HostFacts& f) { f.vms[0].devices = {{.index = 0, .address = gpu, .present = true}}; }},
        Spoiled{"neighbour", [](HostFacts& f) {
                    f.pci[1].vital.clear();
                    f.pci[0].group = {{0, 1, 0, 0}};
                }},
        Spoiled{"vital-neighbour", [](HostFacts& f) { f.pci[0].group = {{0, 1, 0, 0}}; }}),
    [](const auto& parameter) {
        std::string name = parameter.param.blocker;
        std::ranges::replace(name, '-', '_');
        return name;
    });

TEST(EsxiPlan, ConsentsLiftOnlyWhatTheyName)
{
    HostFacts facts = nuc11();
    facts.way_back.ssh_starts_with_host.reset();
    facts.pci[1].vital.clear();
    facts.pci[0].group = {{0, 1, 0, 0}};
    facts.vms[2].tools_running = false;
    AttachRequest request{.gpu = gpu, .vm = "debian"};
    EXPECT_THAT(blockers(attach_plan(facts, request)), testing::SizeIs(3));
    request.consents = {.accept = {"no-ssh-proof", "0000:01:00.0"}, .power_off = {"router"}};
    const Plan plan = attach_plan(facts, request);
    EXPECT_THAT(blockers(plan), IsEmpty());
    EXPECT_THAT(ids(plan), testing::Not(testing::Contains("prove-ssh"))) << "what cannot be read cannot be proven";
    EXPECT_EQ(std::get<StopVms>(step(plan, "stop-guests").change).cut, std::vector<std::string>{"router"});
}

TEST(EsxiPlan, TheBootDiskIsNeverHandedAway)
{
    const Plan plan = attach_plan(nuc11(), {.gpu = {0, 1, 0, 0}, .vm = "debian", .consents = {.accept = {"0000:01:00.0"}}});
    EXPECT_THAT(blockers(plan), testing::Contains("vital-device"));
}

TEST(EsxiPlan, MoveTakesTheGpuFromTheOtherVmFirst)
{
    HostFacts facts = nuc11();
    facts.settings["kernel.vga"] = {"FALSE", "FALSE"};
    facts.console_gpu.reset();
    facts.settings["pci.0000:00:02.0.owner"] = {"passthrough", "passthrough"};
    facts.vms[2].devices = {{.index = 3, .address = gpu, .present = true}};
    facts.settings[vm_key("router", "pciPassthru3.id")] = {"00000:000:02.0", "00000:000:02.0"};
    const Plan plan = attach_plan(facts, {.gpu = gpu, .vm = "debian", .move = true});
    EXPECT_THAT(blockers(plan), IsEmpty());
    EXPECT_THAT(ids(plan), ElementsAre("stop-guests", "remove-device", "reserve-memory", "viommu-off", "add-device", "start-vm", "start-guests"));
}

TEST(EsxiPlan, AnotherDeviceAtTheAddressStopsEverything)
{
    HostFacts facts = nuc11();
    const auto goal = esxi::attach_goal(facts, {.gpu = gpu, .vm = "debian"});
    facts.pci[0].id = {0x10de, 0x1234};
    facts.pci.push_back({.address = {0, 3, 0, 0}, .id = {0x8086, 0x9a49}, .class_code = 0x0300});
    const Plan plan = esxi::plan(facts, *goal);
    EXPECT_THAT(blockers(plan), testing::Contains("device-address-moved"));
    EXPECT_THAT(plan.blockers.front().why, HasSubstr("0000:03:00.0"));
}

TEST(EsxiPlan, WrongNamesAreErrorsThatNameWhatIsThere)
{
    HostFacts facts = nuc11();
    EXPECT_EQ(esxi::attach_goal(facts, {.gpu = {0, 9, 9, 0}, .vm = "debian"}).error().kind, ErrorKind::not_found);
    EXPECT_THAT(esxi::attach_goal(facts, {.gpu = gpu, .vm = "debain"}).error().next, HasSubstr("debian"));
    facts.vms.push_back(facts.vms[1]);
    facts.vms.back().id = "9";
    EXPECT_THAT(esxi::attach_goal(facts, {.gpu = gpu, .vm = "debian"}).error().next, HasSubstr("2, 9"));
    EXPECT_EQ(esxi::attach_goal(facts, {.gpu = gpu, .vm = "9"}).error().kind, ErrorKind::blocked);
}

TEST(EsxiPlan, DetachGivesTheScreenBackToo)
{
    HostFacts facts = nuc11();
    const auto there = esxi::attach_goal(facts, {.gpu = gpu, .vm = "debian"});
    for (const Step& s : esxi::plan(facts, *there).steps)
        perform(facts, s);
    const auto back = esxi::detach_goal(facts, {.gpu = gpu});
    const Plan plan = esxi::plan(facts, *back);
    EXPECT_THAT(ids(plan), ElementsAre("prove-ssh", "stop-guests", "remove-device", "restore-console", "disable-passthrough", "reboot-host", "start-guests"));
    for (const Step& s : plan.steps)
        EXPECT_FALSE(s.loses_console) << s.id;
}

TEST(EsxiRescueSheet, NamesEveryStepBack)
{
    const HostFacts facts = nuc11();
    const std::string sheet = esxi::rescue_sheet(facts, attach_plan(facts));
    for (const char* part : {"esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e false", "esxcli system settings kernel set -s vga -v TRUE",
                             "/vmfs/volumes/datastore1/debian/debian.vmx", "vvtd.enable = \"TRUE\"", "pciPassthru0.id", "vim-cmd vmsvc/reload 2",
                             "vim-cmd vmsvc/power.on 3"})
        EXPECT_THAT(sheet, HasSubstr(part));
}

}  // namespace
}  // namespace gpupass::test
