#include "hosts/linux/step_fixture.hpp"

#include "hosts/linux/keys.hpp"
#include "hosts/linux/plan.hpp"

// The kernel's command line: how it is read, what stands in it for nothing, and the plan that turns the IOMMU on.

namespace gpupass::linux_host {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* grub = "GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n";

/// A Debian machine with GRUB whose kernel was not told to use the IOMMU.
class LinuxBoot : public LinuxTest {
protected:
    LinuxBoot()
    {
        function().group.reset();
        fake.uri = "linux+ssh://root@hv";
        fake.folders["/sys/class/iommu"] = "";
        fake.files["/etc/default/grub"] = grub;
        fake.files["/usr/sbin/update-grub"] = "";
        fake.files["/proc/cmdline"] = "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet\n";
        fake.files["/proc/sys/kernel/random/boot_id"] = "one\n";
        fake.on_reboot = [this] { reboot(); };
    }
    void reboot()
    {
        ++boots;
        fake.files["/proc/sys/kernel/random/boot_id"] = std::to_string(boots) + "\n";
        fake.files["/proc/stat"] = "btime " + std::to_string(1651300000 + 1000 * boots) + "\n";
        fake.files["/proc/uptime"] = "20.00 3.00\n";
        const bool on = fake.files["/etc/default/grub"].contains("intel_iommu=on") || fake.files.contains("/etc/default/grub.d/zz-gpupass.cfg");
        fake.files["/proc/cmdline"] = std::string{"root=/dev/sda1 quiet"} + (on ? " intel_iommu=on\n" : "\n");
        fake.folders["/sys/class/iommu"] = on && works ? "dmar0\n" : "";
        function().group = on && works ? std::optional{2} : std::nullopt;
        function().driver = "bochs-drm";
        function().override_with = "";
    }
    int boots{};
    bool works{true};  // the IOMMU, when the kernel is told to use it
};

TEST_F(LinuxBoot, AnIommuThatTheKernelWasNotToldToUseIsTurnedOnByAReboot)
{
    fake.domains[0].state = "running";
    const Goal goal = attach();
    const Plan p = plan(goal);
    EXPECT_THAT(ids(p), ElementsAre("stop-guests", "change-kernel-line", "reboot-host", "bind-driver", "add-device", "start-vm"));
    EXPECT_THAT(blockers(p), IsEmpty());
    EXPECT_EQ(p.steps[1].command, "write /etc/default/grub; update-grub");
    EXPECT_EQ(p.steps[2].impact, Impact::host_reboot);
    EXPECT_THAT(host->rescue_sheet(look(), p), HasSubstr("take intel_iommu=on out of the kernel's command line: /etc/default/grub; update-grub; reboot"));
    EXPECT_THAT(carry_out(goal), ElementsAre("stop-guests", "change-kernel-line", "reboot-host", "bind-driver", "add-device", "start-vm"));
    EXPECT_THAT(fake.ran, Contains(ElementsAre("update-grub")));
    EXPECT_EQ(boots, 1);
    EXPECT_EQ(function().driver, "vfio-pci");
}

TEST_F(LinuxBoot, TheWayBackLeavesTheFileAsItWas)
{
    EXPECT_THAT(carry_out(attach()), ElementsAre("change-kernel-line", "reboot-host", "bind-driver", "add-device"));
    EXPECT_NE(fake.files["/etc/default/grub"], grub);
    const Goal back{.sentence = "as before", .wants = {{word_key(iommu_word), "no"}}};
    EXPECT_THAT(ids(plan(back)), ElementsAre("change-kernel-line", "reboot-host"));
    carry_out(back);
    EXPECT_EQ(fake.files["/etc/default/grub"], grub);
    EXPECT_EQ(boots, 2);
}

TEST_F(LinuxBoot, ADropInIsOursAlone)
{
    fake.folders["/etc/default/grub.d"] = "init-select.cfg\n";
    fake.files["/etc/default/grub.d/init-select.cfg"] = "# nothing\n";
    carry_out(attach());
    EXPECT_EQ(fake.files["/etc/default/grub"], grub);
    EXPECT_THAT(fake.files.at("/etc/default/grub.d/zz-gpupass.cfg"), HasSubstr("intel_iommu=on"));
    fake.folders["/etc/default/grub.d"] = "init-select.cfg\nzz-gpupass.cfg\n";
    carry_out({.sentence = "as before", .wants = {{word_key(iommu_word), "no"}}});
    EXPECT_FALSE(fake.files.contains("/etc/default/grub.d/zz-gpupass.cfg"));
}

// peers.md case 9: configured and not rebooted is pending, never done; the file is not edited twice.
TEST_F(LinuxBoot, PeersCase9ConfiguredAndNotRebootedIsPending)
{
    const Goal goal = attach();
    fake.files["/etc/default/grub"] = "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n";
    EXPECT_THAT(ids(plan(goal)), ElementsAre("reboot-host", "bind-driver", "add-device"));
    const auto word = look().settings.at(word_key(iommu_word));
    EXPECT_EQ(word.configured, "yes");
    EXPECT_EQ(word.effective, "no");
}

TEST_F(LinuxBoot, AKernelThatWasToldAndStillHasNoneIsNotRebootedAgain)
{
    works = false;
    const Goal goal = attach();
    EXPECT_THAT(carry_out(goal), ElementsAre("change-kernel-line", "reboot-host"));
    EXPECT_THAT(blockers(plan(goal)), ElementsAre("iommu-off-in-kernel"));
    EXPECT_EQ(boots, 1);
}

TEST_F(LinuxBoot, ThisComputerIsNotRebooted)
{
    fake.uri = "local:";
    EXPECT_THAT(carry_out(attach()), ElementsAre("change-kernel-line", "reboot-host"));
    EXPECT_EQ(error.kind, ErrorKind::interrupted);
    EXPECT_THAT(error.next, HasSubstr("systemctl reboot"));
    EXPECT_EQ(boots, 0);
}

TEST_F(LinuxBoot, AVmThatStillRunsIsNotCutOffByTheReboot)
{
    const Plan p = plan(attach());
    fake.domains[0].state = "running";
    EXPECT_FALSE(apply(p.steps[1]));
    EXPECT_THAT(error.what, HasSubstr("guest is not off"));
    EXPECT_EQ(boots, 0);
}

TEST_F(LinuxBoot, AConfigurationThatIsNotUnderstoodIsLeftToThePerson)
{
    fake.files["/etc/default/grub"] = "GRUB_CMDLINE_LINUX_DEFAULT=\"$(cat /etc/words)\"\n";
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("kernel-line-unclear"));
    fake.files.erase("/etc/default/grub");
    EXPECT_THAT(blockers(plan(attach())), ElementsAre("kernel-line-unclear"));
}

// peers.md case 14: what is Intel's alone is never asked of an AMD host.
TEST_F(LinuxBoot, PeersCase14AnAmdHostIsNotToldOfIntel)
{
    fake.folders["/sys/firmware/acpi/tables"] = "IVRS\n";
    const Plan p = plan(attach());
    ASSERT_THAT(blockers(p), ElementsAre("iommu-off-in-kernel"));
    EXPECT_THAT(p.blockers[0].fix, AllOf(HasSubstr("amd_iommu"), Not(HasSubstr("intel"))));
    EXPECT_THAT(ids(p), Not(Contains("change-kernel-line")));
}

TEST_F(LinuxBoot, AHostThatTellsNothingIsReadAllTheSame)
{
    fake.files.clear();
    fake.folders.clear();
    const HostFacts facts = look();
    EXPECT_EQ(facts.boot, std::nullopt);
    EXPECT_EQ(facts.iommu, std::nullopt);
    EXPECT_FALSE(facts.kernel_line->configured);
    EXPECT_THAT(facts.unknown, Contains(HasSubstr("machine-id")));
}

class LinuxLeftovers : public LinuxTest {
protected:
    std::vector<std::string> found()
    {
        std::vector<std::string> out;
        for (const Finding& finding : look().findings)
            out.push_back(finding.id);
        return out;
    }
};

// peers.md case 17: leftovers are told, each with what speaks for or against it here.
TEST_F(LinuxLeftovers, PeersCase17AreToldWithTheEvidence)
{
    fake.files["/proc/cmdline"] = "quiet pcie_acs_override=downstream,multifunction kvm.ignore_msrs=1\n";
    fake.files["/proc/interrupts"] = "  24:  0  0  IR-PCI-MSI 65536-edge  PCIe PME\n";
    fake.folders["/etc/modprobe.d"] = "vfio.conf\nREADME\n";
    fake.files["/etc/modprobe.d/vfio.conf"] = "# from a guide\noptions vfio-pci ids=1234:1111 disable_vga=1\noptions vfio_iommu_type1 allow_unsafe_interrupts=1\nblacklist bochs\n";
    EXPECT_THAT(found(), ElementsAre("leftover-acs-override", "leftover-ignore-msrs", "leftover-vfio-ids", "leftover-disable-vga", "leftover-unsafe-interrupts"));
    const auto findings = look().findings;
    EXPECT_THAT(findings[4].cause, HasSubstr("This host remaps interrupts: not needed"));
    EXPECT_THAT(findings[4].evidence, ElementsAre(AllOf(Field(&Evidence::source, "/etc/modprobe.d/vfio.conf"), Field(&Evidence::line, 3))));
    EXPECT_THAT(findings[0].fix, ElementsAre(HasSubstr("pcie_acs_override=downstream,multifunction")));

    fake.files["/proc/interrupts"] = "  24:  0  0  PCI-MSI 65536-edge  PCIe PME\n";
    EXPECT_THAT(look().findings[4].cause, HasSubstr("does not remap interrupts: without it no VM"));
    fake.files.erase("/proc/interrupts");
    EXPECT_THAT(look().findings[4].cause, HasSubstr("could not be read"));
}

TEST_F(LinuxLeftovers, WhatIsTurnedOffIsNone)
{
    fake.files["/proc/cmdline"] = "quiet intel_iommu=on iommu=pt kvm.ignore_msrs=0\n";
    fake.folders["/etc/modprobe.d"] = "vfio.conf\n";
    fake.files["/etc/modprobe.d/vfio.conf"] = "options vfio-pci disable_vga=0\n#options kvm ignore_msrs=1\n";
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LinuxLeftovers, TwinsOfAnIdAreCounted)
{
    fake.functions["0000:02:00.0"] = {.native = "bochs-drm", .driver = "bochs-drm", .group = 3};
    fake.files["/proc/cmdline"] = "vfio-pci.ids=1234:1111\n";
    EXPECT_THAT(look().findings.at(0).cause, HasSubstr("2 functions here have the id"));
}

class LinuxFramebuffer : public LinuxTest {
protected:
    LinuxFramebuffer()
    {
        function().driver = "";
        function().more = "resource\t=0x00000000e0000000 0x00000000e0ffffff 0x0000000000042208";
        fake.files["/proc/iomem"] = "e0000000-efffffff : PCI Bus 0000:01\n  e0000000-e0ffffff : 0000:01:00.0\n    e0000000-e02fffff : BOOTFB\n";
        fake.folders["/sys/bus/platform/drivers/simple-framebuffer/simple-framebuffer.0"] = "driver\n";
        fake.each["/sys/class/vtconsole"] = "vtcon1\tname\t=(M) frame buffer device\nvtcon1\tbind\t=1\n";
    }
};

TEST_F(LinuxFramebuffer, TheFirmwaresFramebufferLetsGoBehindTheTextConsole)
{
    EXPECT_EQ(look().console_gpu, card);
    const Plan p = plan(attach());
    ASSERT_THAT(ids(p), ElementsAre("release-console", "release-console", "bind-driver", "add-device"));
    EXPECT_THAT(p.steps[0].title, HasSubstr("vtcon1"));
    EXPECT_THAT(p.steps[1].title, HasSubstr("simple-framebuffer.0"));
    EXPECT_TRUE(apply(p.steps[1]));
    EXPECT_THAT(fake.written, ElementsAre(testing::Pair("/sys/bus/platform/drivers/simple-framebuffer/unbind", HasSubstr("simple-framebuffer.0"))));
}

TEST_F(LinuxFramebuffer, InAnotherCardItIsNotOurs)
{
    fake.files["/proc/iomem"] = "d0000000-d0ffffff : 0000:02:00.0\n  d0000000-d02fffff : BOOTFB\n";
    EXPECT_EQ(look().console_gpu, std::nullopt);
    EXPECT_THAT(ids(plan(attach())), ElementsAre("bind-driver", "add-device"));
}

}  // namespace
}  // namespace gpupass::linux_host
