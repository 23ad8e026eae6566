#include "hosts/linux/step_fixture.hpp"

#include "hosts/linux/keys.hpp"
#include "hosts/linux/plan.hpp"
#include "hosts/linux/udev_rules.hpp"

namespace gpupass::linux_host {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LinuxPlan : public LinuxTest {};

TEST_F(LinuxPlan, AttachBindsAddsAndStarts)
{
    const Goal goal = attach({.start = true});
    EXPECT_THAT(ids(plan(goal)), ElementsAre("bind-driver", "add-device", "start-vm"));
    EXPECT_THAT(blockers(plan(goal)), IsEmpty());
    EXPECT_THAT(carry_out(goal), ElementsAre("bind-driver", "add-device", "start-vm"));
    EXPECT_EQ(function().driver, "vfio-pci");
    EXPECT_THAT(ids(plan(goal)), IsEmpty());
}

TEST_F(LinuxPlan, DetachGivesTheCardBackAndTakesItOutOfTheVm)
{
    carry_out(attach({.start = true}));
    const Goal goal = *host->detach_goal(look(), {.gpu = card, .consents = {}});
    EXPECT_THAT(carry_out(goal), ElementsAre("stop-guests", "remove-device", "return-driver", "start-guests"));
    EXPECT_EQ(function().driver, "bochs-drm");
    EXPECT_EQ(function().override_with, "");
    EXPECT_THAT(fake.domains[0].config_xml, Not(HasSubstr("hostdev")));
}

// peers.md case 5: the VM is off, the card is with nobody: it can be released all the same.
TEST_F(LinuxPlan, PeersCase5ACardOfAStoppedVmCanAlwaysBeReleased)
{
    carry_out(attach());
    function().driver = "";
    const Goal goal = *host->detach_goal(look(), {.gpu = card, .consents = {}});
    EXPECT_THAT(carry_out(goal), ElementsAre("remove-device", "return-driver"));
    EXPECT_EQ(function().driver, "bochs-drm");
}

TEST_F(LinuxPlan, TheScreensProgramsLetGoFirst)
{
    function().boot_vga = true;
    fake.each["/sys/class/graphics"] = "fb0\tdevice\t>../../../0000:01:00.0\n";
    fake.each["/sys/class/vtconsole"] = "vtcon0\tname\t=(S) dummy device\nvtcon1\tname\t=(M) frame buffer device\nvtcon1\tbind\t=1\n";
    fake.links["/etc/systemd/system/display-manager.service"] = "/lib/systemd/system/gdm.service";
    fake.files["/sys/fs/cgroup/system.slice/gdm.service/cgroup.procs"] = "812\n";
    const Goal goal = attach({.start = true});
    fake.open_files += "900\tgnome-shell\t/dev/dri/card0\n";
    fake.files["/proc/900/cgroup"] = "0::/user.slice/user-1000.slice/user@1000.service/session.slice/org.gnome.Shell@wayland.service\n";
    const Plan p = plan(goal);
    EXPECT_THAT(blockers(p), IsEmpty());
    EXPECT_THAT(ids(p), ElementsAre("stop-display", "release-console", "bind-driver", "add-device", "start-vm"));
    EXPECT_TRUE(p.steps[2].loses_console);
    EXPECT_THAT(p.warnings, Contains(testing::Field(&Warning::id, "console-goes-dark")));
}

TEST_F(LinuxPlan, ADesktopIsNotStoppedFromWithin)
{
    function().boot_vga = true;
    fake.links["/etc/systemd/system/display-manager.service"] = "/lib/systemd/system/gdm.service";
    fake.files["/sys/fs/cgroup/system.slice/gdm.service/cgroup.procs"] = "812\n";
    fake.files["/proc/self/cgroup"] = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope\n";
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("runs-in-the-desktop"));
    fake.files["/proc/self/cgroup"] = "0::/user.slice/user-1000.slice/session-2.scope\n";
    EXPECT_THAT(blockers(plan(attach())), IsEmpty()) << "over SSH";
    fake.files["/run/systemd/sessions/2"] = "UID=1000\nTYPE=x11\n";
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("runs-in-the-desktop"));
}

TEST_F(LinuxPlan, AServiceThatComputesOnTheCardDoesNotEndWithTheDesktop)
{
    function().boot_vga = true;
    function().more = "drm\t/card0;renderD128";
    fake.links["/etc/systemd/system/display-manager.service"] = "/lib/systemd/system/gdm.service";
    fake.files["/sys/fs/cgroup/system.slice/gdm.service/cgroup.procs"] = "812\n";
    fake.open_files += "700\tjellyfin\t/dev/dri/renderD128\n900\tgnome-shell\t/dev/dri/card0\n";
    fake.files["/proc/700/cgroup"] = "0::/system.slice/jellyfin.service\n";
    fake.files["/proc/900/cgroup"] = "0::/user.slice/user-1000.slice/session-2.scope\n";
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("gpu-in-use"));
    EXPECT_THAT(p.blockers[0].why, testing::AllOf(HasSubstr("jellyfin"), Not(HasSubstr("gnome-shell"))));
}

TEST_F(LinuxPlan, WithoutAnotherWayInTheScreenIsNotGivenAway)
{
    fake.each["/sys/class/graphics"] = "fb0\tdevice\t>../../../0000:01:00.0\n";
    fake.each["/sys/class/vtconsole"] = "vtcon1\tname\t=(M) frame buffer device\nvtcon1\tbind\t=1\n";
    fake.open_files.clear();  // nobody waits for a login at the serial console
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("no-ssh-proof"));
    fake.files["/proc/net/tcp"] = "  sl  local_address rem_address   st tx_queue rx_queue\n   0: 0100007F:0016 00000000:0000 0A 00000000:00000000\n";
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("no-ssh-proof")) << "on loopback only";
    fake.files["/proc/net/tcp6"] = "   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000\n";
    EXPECT_THAT(blockers(plan(attach())), IsEmpty());
    fake.files.erase("/proc/net/tcp6");
    EXPECT_THAT(blockers(plan(attach({.consents = {.accept = {"no-ssh-proof"}}}))), IsEmpty());
    fake.files["/sys/fs/cgroup/system.slice/ssh.service/cgroup.procs"] = "511\n";
    EXPECT_THAT(blockers(plan(attach())), IsEmpty());
}

TEST_F(LinuxPlan, PersistWritesARuleByAddressAndIdAndDetachTakesItAway)
{
    EXPECT_THAT(carry_out(attach({.persist = true})), ElementsAre("bind-driver", "persist-binding", "add-device"));
    EXPECT_THAT(fake.files.at(rules_path), testing::AllOf(HasSubstr("KERNEL==\"0000:01:00.0\""), HasSubstr("ATTR{vendor}==\"0x1234\"")));
    carry_out(*host->detach_goal(look(), {.gpu = card, .consents = {}}));
    EXPECT_FALSE(fake.files.contains(rules_path));
}

// peers.md case 4: what shall last is bound by a rule before any VM starts; the VM's own start binds it as well.
TEST_F(LinuxPlan, PeersCase4AClaimThatLastsBindsBeforeAVmStarts)
{
    carry_out(attach({.start = true, .persist = true}));
    EXPECT_THAT(fake.files.at(rules_path), testing::AllOf(HasSubstr("ACTION==\"add\""), HasSubstr("ATTR{driver_override}=\"vfio-pci\""), HasSubstr("kmod load vfio-pci")));
    EXPECT_THAT(fake.domains[0].config_xml, HasSubstr("managed='yes'"));
}

// peers.md case 10: no ROM, no boot_vga, no way to reset: as many GPUs that are part of a processor.
TEST_F(LinuxPlan, PeersCase10AGpuWithoutRomIsReadAndPlanned)
{
    function() = {.id = "8086:9a49", .class_code = "0x038000", .native = "i915", .driver = "i915", .group = 2};
    EXPECT_THAT(ids(plan(attach({.start = true}))), ElementsAre("bind-driver", "add-device", "start-vm"));
}

// peers.md case 15: a goal that holds, whoever asks again and with whichever version, touches nothing.
TEST_F(LinuxPlan, PeersCase15AGpuInUseIsNotDisturbedByAskingAgain)
{
    const Goal goal = attach({.start = true});
    carry_out(goal);
    fake.written.clear();
    fake.ran.clear();
    EXPECT_THAT(carry_out(goal), IsEmpty());
    EXPECT_THAT(carry_out(attach({.start = true})), IsEmpty());
    EXPECT_THAT(fake.written, IsEmpty());
    EXPECT_THAT(fake.ran, IsEmpty());
    EXPECT_EQ(fake.domains[0].state, "running");
}

TEST_F(LinuxPlan, TheGpuOfAProcessorComesWithWhatAPictureWouldNeed)
{
    fake.functions["0000:00:02.0"] = {.id = "8086:9a49", .class_code = "0x038000", .native = "i915", .driver = "i915", .group = 5};
    const Goal goal = *host->attach_goal(look(), {.gpu = {0, 0, 2, 0}, .vm = "guest"});
    const auto warnings = plan(goal).warnings;
    const auto note = std::ranges::find(warnings, "igd-picture", &Warning::id);
    ASSERT_NE(note, warnings.end());
    EXPECT_THAT(note->text, testing::AllOf(HasSubstr("to compute, the GPU needs nothing more"), HasSubstr("x-igd-opregion=on")));
    EXPECT_THAT(plan(attach()).warnings, Not(Contains(testing::Field(&Warning::id, "igd-picture"))));
}

TEST_F(LinuxPlan, SoundFurtherOnInTheSameSlotIsTheHosts)
{
    function() = {.id = "1002:1638", .class_code = "0x030000", .native = "amdgpu", .driver = "amdgpu", .group = 2};
    fake.functions["0000:01:00.1"] = {.id = "1002:1637", .class_code = "0x040300", .native = "snd_hda_intel", .driver = "snd_hda_intel", .group = 2};
    fake.functions["0000:01:00.6"] = {.id = "1022:15e3", .class_code = "0x040300", .native = "snd_hda_intel", .driver = "snd_hda_intel", .group = 2};
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("group-not-viable"));
    EXPECT_THAT(p.blockers[0].why, HasSubstr("0000:01:00.6"));
}

// Run 1 persists one card, run 2 another: each undo takes only its own rule, in whatever order.
TEST_F(LinuxPlan, RulesOfOtherCardsStay)
{
    const PciAddress other{0, 2, 0, 0};
    carry_out(attach({.persist = true}));
    fake.files[rules_path] = with_rule(fake.files.at(rules_path), other, {0x10de, 0x2204});
    carry_out({.sentence = "undo 1", .wants = {{persist_key(card), std::nullopt}}});
    EXPECT_EQ(fake.files.at(rules_path), with_rule("", other, {0x10de, 0x2204}));
    carry_out({.sentence = "undo 2", .wants = {{persist_key(other), std::nullopt}}});
    EXPECT_FALSE(fake.files.contains(rules_path));
}

TEST_F(LinuxPlan, AFileOfRulesThatChangedMeanwhileIsNotRemoved)
{
    carry_out(attach({.persist = true}));
    const Plan p = plan({.wants = {{persist_key(card), std::nullopt}}});
    ASSERT_THAT(ids(p), ElementsAre("forget-binding"));
    const HostFacts facts = look();
    fake.files[rules_path] += "# by hand\n";
    RunContext context{.run = 1, .watch = &watch, .images = &images, .save_images = [] { return Result<void>{}; }};
    const auto done = host->apply(p.steps[0], facts, context);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::changed);
    EXPECT_TRUE(fake.files.contains(rules_path));
}

class LinuxBlockers : public LinuxTest {};

TEST_F(LinuxBlockers, TheIommuIsOffInTheFirmware)
{
    function().group.reset();
    fake.folders["/sys/class/iommu"] = "";
    fake.folders["/sys/firmware/acpi/tables"] = "DSDT\n";
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("iommu-off-in-firmware"));
    EXPECT_THAT(p.blockers[0].fix, HasSubstr("VT-d"));
}

// peers.md case 7: an unbound member is fine, one with a driver of the host is not.
TEST_F(LinuxBlockers, PeersCase7GroupIsExplainedFunctionByFunction)
{
    fake.functions["0000:01:00.1"] = {.id = "8086:10d3", .class_code = "0x020000", .native = "e1000e", .driver = "e1000e", .group = 2};
    fake.functions["0000:01:00.2"] = {.id = "8086:1234", .class_code = "0x088000", .native = "", .driver = "", .group = 2};
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("group-not-viable"));
    EXPECT_THAT(p.blockers[0].why, testing::AllOf(HasSubstr("0000:01:00.1"), HasSubstr("e1000e"), HasSubstr("group 2")));
    EXPECT_THAT(p.blockers[0].fix, HasSubstr("--accept 0000:01:00.1"));
    const Goal accepted = attach({.consents = {.accept = {"0000:01:00.1"}}});
    EXPECT_THAT(carry_out(accepted), ElementsAre("bind-driver", "add-device"));
    EXPECT_EQ(function("0000:01:00.1").driver, "vfio-pci");
    EXPECT_EQ(function("0000:01:00.2").driver, "");
    EXPECT_THAT(fake.domains[0].config_xml, Not(HasSubstr("function='0x1'"))) << "it leaves the host, it does not go to the VM";
}

TEST_F(LinuxBlockers, DisksAreNeverAccepted)
{
    fake.functions["0000:01:00.1"] = {.class_code = "0x010601", .native = "ahci", .driver = "ahci", .group = 2};
    EXPECT_THAT(blockers(plan(attach({.consents = {.accept = {"0000:01:00.1"}}}))), ElementsAre("vital-neighbour"));
}

TEST_F(LinuxBlockers, ANetworkCardInUseStaysOneThatIsDownMayGo)
{
    fake.functions["0000:01:00.1"] = {.id = "8086:10d3", .class_code = "0x020000", .native = "e1000e", .driver = "e1000e", .group = 2, .more = "net\t/eth0"};
    const AttachRequest request{.consents = {.accept = {"0000:01:00.1"}}};
    EXPECT_THAT(blockers(plan(attach(request))), ElementsAre("vital-neighbour")) << "no default route tells which one is the way in";
    fake.each["/sys/class/net"] = "eth0\toperstate\t=down\nlo\toperstate\t=unknown\n";
    EXPECT_THAT(blockers(plan(attach(request))), IsEmpty());
}

// peers.md case 2: a PF whose functions are in use is not passed.
TEST_F(LinuxBlockers, PeersCase2APhysicalFunctionWithVirtualOnes)
{
    function().more = "sriov_numvfs\t=4";
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("has-virtual-functions"));
}

TEST_F(LinuxBlockers, AnotherVmHasIt)
{
    fake.domains.push_back({.uuid = "22222222-2222-3333-4444-555555555555", .name = "other", .state = "running", .persistent = true,
                            .config_xml = "<domain type='kvm'><name>other</name><uuid>22222222-2222-3333-4444-555555555555</uuid><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
                                          "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev></devices></domain>"});
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("gpu-held-by-vm"));
    EXPECT_THAT(p.blockers[0].why, HasSubstr("other"));
    const Goal moved = attach({.start = true, .move = true});
    EXPECT_THAT(ids(plan(moved)), ElementsAre("stop-guests", "remove-device", "bind-driver", "add-device", "start-vm", "start-guests"));
}

TEST_F(LinuxBlockers, LibvirtIsNotThere)
{
    fake.libvirt_error = "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory";
    const auto goal = host->attach_goal(look(), with({}));
    ASSERT_FALSE(goal);
    EXPECT_THAT(goal.error().next, HasSubstr("libvirt"));
}

TEST_F(LinuxBlockers, SomebodyElseThanRoot)
{
    fake.files["/proc/self/status"] = "Uid:\t1000\t1000\n";
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("not-root"));
}

// peers.md case 6: who holds the card is named before anything is tried.
TEST_F(LinuxBlockers, PeersCase6AProgramThatDrawsOnTheCard)
{
    function().more = "drm\t/card0;renderD128";
    fake.open_files += "812\tXorg\t/dev/dri/card0\n";
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("gpu-in-use"));
    EXPECT_THAT(p.blockers[0].why, HasSubstr("Xorg (812)"));
    EXPECT_EQ(function().driver, "bochs-drm");
}

TEST_F(LinuxBlockers, AnotherDeviceAtTheAddress)
{
    const Goal goal = attach();
    function().id = "10de:2204";
    EXPECT_THAT(blockers(plan(goal)), ElementsAre("device-address-moved"));
}

// The cards changed places while the machine was off: what is at the address now is the disk that the host lives on.
TEST_F(LinuxBlockers, AnUndoNeverTouchesWhatCameToTheAddress)
{
    const Plan p = plan(attach());
    Goal undo{.sentence = "as before"};
    for (const Want& want : p.steps.front().sets)
        undo.wants.push_back({want.key, look().settings.contains(want.key) ? look().settings.at(want.key).configured : std::nullopt});
    carry_out(attach());
    EXPECT_THAT(blockers(plan(undo)), IsEmpty());
    function() = {.id = "144d:a80a", .class_code = "0x010802", .native = "nvme", .driver = "nvme", .group = 2};
    EXPECT_THAT(blockers(plan(undo)), Contains("device-address-moved"));
    carry_out(undo);
    EXPECT_THAT(function().driver, "nvme");
}

TEST_F(LinuxBlockers, LibvirtThatIsAwayDoesNotMeanThatThereAreNoVms)
{
    carry_out(attach({.start = true}));
    const Goal undo{.sentence = "as before", .wants = {{hostdev_key("guest", card), std::nullopt}, {vm_key("guest", "power"), "off"}}};
    const Goal back = *host->detach_goal(look(), {.gpu = card, .consents = {}});
    fake.libvirt_error = "Failed to connect";
    EXPECT_THAT(blockers(plan(undo)), ElementsAre("libvirt-not-there"));
    EXPECT_THAT(blockers(plan(back)), Contains("libvirt-not-there"));
}

TEST_F(LinuxBlockers, WhoHasTheCardByVfioIsNamed)
{
    function().driver = function().override_with = "vfio-pci";
    fake.open_files += "4711\tqemu-system-x86\t/dev/vfio/2\n";
    const Plan p = plan(*host->detach_goal(look(), {.gpu = card, .consents = {}}));
    ASSERT_THAT(blockers(p), ElementsAre("gpu-in-use"));
    EXPECT_THAT(p.blockers[0].why, HasSubstr("qemu-system-x86 (4711)"));
}

TEST_F(LinuxBlockers, ADeviceOfARunningVmThatOnlyItsNextStartHasIsPending)
{
    carry_out(attach());
    fake.domains[0].state = "running";
    fake.domains[0].live_xml = "<domain type='kvm'><name>guest</name><uuid>11111111-2222-3333-4444-555555555555</uuid><memory unit='MiB'>128</memory>"
                               "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices/></domain>";
    EXPECT_THAT(ids(plan(attach())), ElementsAre("stop-guests", "add-device", "start-vm"));
}

TEST_F(LinuxBlockers, VmsThatAreNotLikeOthers)
{
    const Goal goal = attach({.start = true});
    fake.domains[0].saved = true;
    EXPECT_THAT(blockers(plan(goal)), ElementsAre("vm-has-saved-state"));
    fake.domains[0].saved = false;
    fake.domains[0].state = "paused";
    EXPECT_THAT(blockers(plan(goal)), ElementsAre("vm-paused"));
    fake.domains[0].state = "pmsuspended";
    EXPECT_THAT(blockers(plan(goal)), ElementsAre("vm-suspended"));
    fake.domains[0].state = "running";
    fake.domains[0].persistent = false;
    EXPECT_THAT(blockers(plan(goal)), ElementsAre("vm-transient"));
}

TEST_F(LinuxBlockers, AVmWhoseMemoryMayNotBeLocked)
{
    std::string& xml = fake.domains[0].config_xml;
    xml.insert(xml.find("<os>"), "<memtune><hard_limit unit='MiB'>100</hard_limit></memtune>");
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("hard-limit-too-low"));
    EXPECT_THAT(p.blockers[0].why, testing::AllOf(HasSubstr("VM guest"), HasSubstr("100 MiB")));
}

TEST_F(LinuxBlockers, ADeviceThatDoesNotAnswerMayBeInTheGroup)
{
    fake.silent = {"0000:03:00.0"};
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("device-silent"));
    EXPECT_THAT(p.blockers[0].why, HasSubstr("0000:03:00.0"));
    EXPECT_THAT(blockers(plan(attach({.consents = {.accept = {"0000:03:00.0"}}}))), IsEmpty());
}

// peers.md case 1: slot 00:02 is not bus 02, and a VF is not its PF.
TEST_F(LinuxBlockers, PeersCase1AddressesAreComparedAsAddresses)
{
    fake.functions["0000:02:00.0"] = {.native = "nvidia", .driver = "nvidia", .group = 5};
    fake.functions["0000:00:02.0"] = {.native = "i915", .driver = "i915", .group = 6};
    const Goal goal = *host->attach_goal(look(), {.gpu = {0, 0, 2, 0}, .vm = "guest"});
    carry_out(goal);
    EXPECT_EQ(function("0000:00:02.0").driver, "vfio-pci");
    EXPECT_EQ(function("0000:02:00.0").driver, "nvidia");
    EXPECT_EQ(function("0000:01:00.0").driver, "bochs-drm");
}

TEST(LinuxRescue, TellsEveryStepBack)
{
    FakeLinux fake = one_card();
    auto host = make_linux_host(std::make_unique<Borrowed>(fake));
    const HostFacts facts = host->probe(Deadline::in(std::chrono::seconds{5})).value();
    const Goal goal = *host->attach_goal(facts, {.gpu = {0, 1, 0, 0}, .vm = "guest", .start = true, .persist = true});
    const std::string sheet = host->rescue_sheet(facts, host->plan(facts, goal));
    EXPECT_THAT(sheet, testing::AllOf(HasSubstr("virsh edit guest"), HasSubstr("echo 0000:01:00.0 > /sys/bus/pci/drivers_probe"), HasSubstr("modprobe bochs-drm"),
                                      HasSubstr(std::string{"rm "} + rules_path)));
}

}  // namespace
}  // namespace gpupass::linux_host
