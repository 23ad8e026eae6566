#include "hosts/linux/libvirt/names.hpp"
#include "hosts/linux/libvirt/version.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host {
namespace {

TEST(NodedevName, GoesThereAndBack)
{
    const PciAddress high{0x1, 0xaf, 0x1f, 7};
    EXPECT_EQ(nodedev_name({0, 1, 0, 0}), "pci_0000_01_00_0");
    EXPECT_EQ(nodedev_name(high), "pci_0001_af_1f_7");
    EXPECT_EQ(parse_nodedev_name("pci_0001_af_1f_7"), high);
}

TEST(NodedevName, KeepsSlotTwoAndBusTwoApart)
{
    const PciAddress slot_two{0, 0, 2, 0};
    const PciAddress bus_two{0, 2, 0, 0};
    EXPECT_EQ(nodedev_name(slot_two), "pci_0000_00_02_0");
    EXPECT_EQ(nodedev_name(bus_two), "pci_0000_02_00_0");
    EXPECT_EQ(parse_nodedev_name("pci_0000_00_02_0"), slot_two);
    EXPECT_EQ(parse_nodedev_name("pci_0000_02_00_0"), bus_two);
    EXPECT_EQ(parse_nodedev_name("pci_00_02_0"), std::nullopt);
}

TEST(NodedevName, RefusesEverythingElse)
{
    for (const char* name : {"", "pci_", "pci_0000_00_02_8", "pci_0000_00_20_0", "pci_0000:00:02.0",
                             "pci_0000_00_02_0 ", "pci_0000_00_02_", "pci_10000_e0_01_0", "pci_0000_0A_02_0",
                             "net_enp0s2_00_00_0", "mdev_b3f6b7c0_0000", "pci_0000.00.02.0"})
        EXPECT_EQ(parse_nodedev_name(name), std::nullopt) << name;
}

TEST(Version, ReadsWhatTheToolsPrint)
{
    EXPECT_EQ(parse_version("10.1"), (Version{10, 1, 0}));
    EXPECT_EQ(parse_version("7.2.22 (Debian 1:7.2+dfsg-7)"), (Version{7, 2, 22}));
    EXPECT_EQ(parse_version("9.0.0"), (Version{9, 0, 0}));
    EXPECT_EQ(to_string(Version{9, 0, 0}), "9.0.0");
}

TEST(Version, ComparesNumbersNotLetters)
{
    EXPECT_LT((Version{9, 2, 0}), (Version{10, 0, 0}));
    EXPECT_LT((Version{8, 1, 9}), (Version{8, 2, 0}));
}

TEST(Version, RefusesEverythingElse)
{
    for (const char* text : {"", "10", "v10.1", ".1", "10.", "10.x", "-1.2", "10.-1", "999999999999.1", "100000.1"})
        EXPECT_EQ(parse_version(text), std::nullopt) << text;
}

}  // namespace
}  // namespace gpupass::linux_host
