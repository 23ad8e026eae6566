#include "hosts/linux/pci.hpp"

#include "hosts/linux/each.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view igpu =
    "0000:00:02.0\tvendor\t=0x8086\n0000:00:02.0\tdevice\t=0x9a49\n0000:00:02.0\tclass\t=0x030000\n"
    "0000:00:02.0\tdriver\t>../../../bus/pci/drivers/i915\n0000:00:02.0\tdriver_override\t=(null)\n"
    "0000:00:02.0\tiommu_group\t>../../../kernel/iommu_groups/0\n0000:00:02.0\tboot_vga\t=1\n"
    "0000:00:02.0\treset_method\t=flr pm\n0000:00:02.0\tdrm\t/card0;renderD128;version\n";

TEST(PciProbe, ReadsWhatSysfsSaysOfAFunction)
{
    const auto facts = parse_pci(igpu);
    ASSERT_TRUE(facts) << facts.error();
    const PciDevice& gpu = facts->devices.at(0);
    EXPECT_EQ(gpu.address, (PciAddress{0, 0, 2, 0}));
    EXPECT_EQ(gpu.id, (PciId{0x8086, 0x9a49}));
    EXPECT_EQ(gpu.class_code, 0x0300);
    EXPECT_EQ(gpu.driver, "i915");
    EXPECT_EQ(gpu.driver_override, "");
    EXPECT_EQ(gpu.iommu_group, 0);
    EXPECT_TRUE(gpu.boot_vga);
    EXPECT_EQ(gpu.can_reset, true);
    EXPECT_THAT(gpu.nodes, ElementsAre("/dev/dri/card0", "/dev/dri/renderD128"));
    EXPECT_EQ(gpu.current_owner, "host");
}

TEST(PciProbe, AnAbsoluteTargetIsTheSame)
{
    const auto facts = parse_pci("0000:01:00.0\tdriver\t>/sys/bus/pci/drivers/vfio-pci\n0000:01:00.0\tphysfn\t>/sys/devices/pci0000:00/0000:01:00.0\n");
    ASSERT_TRUE(facts) << facts.error();
    EXPECT_EQ(facts->devices.at(0).driver, "vfio-pci");
    EXPECT_EQ(facts->devices.at(0).current_owner, "passthrough");
    EXPECT_EQ(facts->devices.at(0).physical_function, (PciAddress{0, 1, 0, 0}));
}

// peers.md case 7: functions of the same group are found wherever they are on the bus.
TEST(PciProbe, PeersCase7GroupsAreFoundAcrossTheBus)
{
    const auto facts = parse_pci("0000:00:02.0\tiommu_group\t>../iommu_groups/3\n0000:00:1f.3\tiommu_group\t>../iommu_groups/3\n"
                                 "0000:00:1f.0\tiommu_group\t>../iommu_groups/4\n");
    ASSERT_TRUE(facts) << facts.error();
    EXPECT_THAT(facts->devices.at(0).group, ElementsAre(PciAddress{0, 0, 0x1f, 3}));
    EXPECT_THAT(facts->devices.at(1).group, IsEmpty());
}

TEST(PciProbe, WhatADriverCanShareIsRead)
{
    const auto facts = parse_pci("0000:00:02.0\tvendor\t=0x8086\n0000:00:02.0\tsriov_numvfs\t=2\n0000:00:02.0\tsriov_totalvfs\t=7\n"
                                 "0000:00:02.0\tmdev_supported_types\t/i915-GVTg_V5_4;i915-GVTg_V5_8\n");
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->devices.at(0).most_virtual_functions, 7);
    EXPECT_EQ(facts->devices.at(0).virtual_functions, 2);
    EXPECT_THAT(facts->devices.at(0).mdev_types, testing::ElementsAre("i915-GVTg_V5_4", "i915-GVTg_V5_8"));
}

// peers.md case 16: one dead device is named, and the others are there.
TEST(PciProbe, PeersCase16ADeadDeviceIsNamedAndTheOthersAreRead)
{
    const auto facts = parse_pci(std::string{igpu} + "0000:03:00.0\t!\tno answer in 500 ms\n0000:04:00.0\tvendor\t=0x10de\n");
    ASSERT_TRUE(facts) << facts.error();
    ASSERT_EQ(facts->devices.size(), 3u);
    EXPECT_FALSE(facts->devices[1].answered);
    EXPECT_TRUE(facts->devices[2].answered);
    EXPECT_THAT(facts->unknown, ElementsAre(HasSubstr("0000:03:00.0")));
}

TEST(PciProbe, ALineOfAnotherFormIsAnErrorThatNamesIt)
{
    const auto facts = parse_pci("0000:00:02.0\tvendor\t=0x8086\nsh: not found\n");
    ASSERT_FALSE(facts);
    EXPECT_THAT(facts.error().where, testing::Contains("line 2"));
}

TEST(PciProbe, NumbersOfNoKnownFormAreZeroAndNotACrash)
{
    const auto facts = parse_pci("0000:00:02.0\tvendor\t=0xzz\n0000:00:02.0\tclass\t=\n0000:00:02.0\tiommu_group\t>../x\nnot-an-address\tvendor\t=0x1\n");
    ASSERT_TRUE(facts) << facts.error();
    EXPECT_EQ(facts->devices.at(0).id.vendor, 0);
    EXPECT_FALSE(facts->devices.at(0).iommu_group);
    EXPECT_EQ(facts->unknown.size(), 1u);
}

TEST(Holders, AreNamedByTheFilesOfTheFunction)
{
    std::vector<PciDevice> devices{{.address = {0, 0, 2, 0}, .driver = "i915", .nodes = {"/dev/dri/card0", "/dev/dri/renderD128"}},
                                   {.address = {0, 1, 0, 0}, .driver = "nvidia", .nodes = {"/dev/dri/card1"}}};
    const auto files = parse_open_files("812\tXorg\t/dev/dri/card0\n812\tXorg\t/dev/dri/renderD128\n900\tnvtop\t/dev/nvidiactl\n901\tollama\t/dev/nvidia1\nnonsense\n7\tx\n../1\ty\t/dev/dri/card0\n");
    add_holders(devices, files, [](const OpenFile& file) { return file.name == "ollama"; });
    EXPECT_THAT(devices[0].holders, ElementsAre("Xorg (812)"));
    EXPECT_THAT(devices[0].lasting_holders, testing::IsEmpty());
    EXPECT_THAT(devices[1].holders, ElementsAre("ollama (901)")) << "its number is not known: any counts; nvidiactl is no card's";
    EXPECT_THAT(devices[1].lasting_holders, ElementsAre("ollama (901)"));
}

TEST(Holders, OfOneOfTwoNvidiaCardsAreItsOwn)
{
    std::vector<PciDevice> devices{{.address = {0, 1, 0, 0}, .driver = "nvidia"}, {.address = {0, 2, 0, 0}, .driver = "nvidia"}};
    add_nvidia_nodes(devices, "0000:01:00.0\tinformation\t=Model: \t\t GeForce;Device Minor: \t 0\n0000:02:00.0\tinformation\t=Device Minor: \t 1;Excluded: No\n");
    add_holders(devices, parse_open_files("812\tXorg\t/dev/nvidia0\n812\tXorg\t/dev/nvidiactl\n"), [](const OpenFile&) { return false; });
    EXPECT_THAT(devices[0].holders, ElementsAre("Xorg (812)"));
    EXPECT_THAT(devices[1].holders, testing::IsEmpty());
}

TEST(Holders, OfSoundAndOfVfio)
{
    auto facts = parse_pci("0000:01:00.1\tsound\t/card1\n0000:01:00.0\tdriver\t>../x/vfio-pci\n0000:01:00.0\tiommu_group\t>../y/14\n0000:01:00.0\tvfio-dev\t/vfio3\n").value();
    add_holders(facts.devices, parse_open_files("1\tpipewire\t/dev/snd/pcmC1D3p\n2\tpipewire\t/dev/snd/pcmC10D0p\n3\tqemu\t/dev/vfio/14\n4\tqemu\t/dev/vfio/devices/vfio3\n5\tqemu\t/dev/vfio/vfio\n"),
                [](const OpenFile&) { return true; });
    EXPECT_THAT(facts.devices.at(0).holders, ElementsAre("qemu (3)", "qemu (4)"));
    EXPECT_THAT(facts.devices.at(1).holders, ElementsAre("pipewire (1)"));
}

TEST(Vital, DisksChipsetAndTheDefaultRoute)
{
    std::vector<PciDevice> devices{{.address = {0, 0, 0x17, 0}, .class_code = 0x0106, .driver = "ahci"},
                                   {.address = {0, 0, 0x1f, 0}, .class_code = 0x0601, .driver = "lpc_ich"},
                                   {.address = {0, 2, 0, 0}, .class_code = 0x0200, .driver = "igc"},
                                   {.address = {0, 3, 0, 0}, .class_code = 0x0200, .driver = "igc"},
                                   {.address = {0, 4, 0, 0}, .class_code = 0x0108, .driver = "vfio-pci"}};
    const std::vector<std::pair<PciAddress, std::string>> interfaces{{{0, 2, 0, 0}, "eth0"}, {{0, 3, 0, 0}, "eth1"}};
    mark_vital(devices, interfaces, "eth0");
    EXPECT_THAT(devices[0].vital, HasSubstr("storage"));
    EXPECT_THAT(devices[1].vital, HasSubstr("chipset"));
    EXPECT_THAT(devices[2].vital, HasSubstr("eth0"));
    EXPECT_EQ(devices[3].vital, "");
    EXPECT_EQ(devices[4].vital, "") << "a VM's disk is not the host's";
}

TEST(Vital, BehindABridgeEveryInterfaceMayBeTheWay)
{
    std::vector<PciDevice> devices{{.address = {0, 2, 0, 0}, .class_code = 0x0200, .driver = "igc"}, {.address = {0, 1, 0, 3}, .class_code = 0x0c80, .driver = "nvidia-gpu"}};
    const std::vector<std::pair<PciAddress, std::string>> interfaces{{{0, 2, 0, 0}, "eth0"}};
    mark_vital(devices, interfaces, "br0");
    EXPECT_THAT(devices[0].vital, HasSubstr("perhaps"));
    EXPECT_EQ(devices[1].vital, "") << "a card's own USB-C";
}

TEST(Vital, TheDefaultRouteIsTheOneToEverywhere)
{
    EXPECT_EQ(default_route("Iface\tDestination\tGateway\neth1\t0001A8C0\t00000000\neth0\t00000000\t0101A8C0\n"), "eth0");
    EXPECT_EQ(default_route("Iface\tDestination\tGateway\n"), "");
    EXPECT_EQ(default_route(""), "");
}

}  // namespace
}  // namespace gpupass::linux_host
