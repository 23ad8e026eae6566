#include "hosts/esxi/ssh/pci_list.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::ElementsAre;

constexpr const char* quadro = R"(0000:04:00.0
   Address: 0000:04:00.0
   Segment: 0x0000
   VMkernel Name: 
   Vendor Name: NVIDIA Corporation
   Device Name: GP107GL [Quadro P600]
   Configured Owner: VM Passthru
   Current Owner: VMkernel
   Vendor ID: 0x10de
   Device ID: 0x1cb2
   SubVendor ID: 0x103c
   SubDevice ID: 0x11bd
   Device Class: 0x0300
   Device Class Name: VGA compatible controller
   Module Name: pciPassthru
   Physical Slot: 4294967295
   Passthru Capable: true
   Parent Device: PCI 0:0:3:0
   Dependent Device: PCI 0:232:3:0
   Reset Method: Bridge reset
   Extended Device ID: 0
)";

TEST(PciList, ReadsAFullRecord)
{
    const auto list = parse_pci_list(quadro);
    ASSERT_TRUE(list) << list.error();
    const PciRecord& record = list->front();
    EXPECT_EQ(record.device.address, (PciAddress{0, 4, 0, 0}));
    EXPECT_EQ(record.device.id, (PciId{0x10de, 0x1cb2}));
    EXPECT_EQ(record.device.subsystem, (PciId{0x103c, 0x11bd}));
    EXPECT_EQ(record.device.class_code, 0x0300);
    EXPECT_EQ(record.device.device_name, "GP107GL [Quadro P600]");
    EXPECT_EQ(record.device.driver, "pciPassthru");
    EXPECT_EQ(state_of(record.device), PassthroughState::pending);
    EXPECT_EQ(record.device.passthrough_capable, true);
    EXPECT_EQ(record.device.reset_method, "Bridge reset");
    EXPECT_EQ(record.vmkernel_name, "");
    EXPECT_EQ(record.parent, (PciAddress{0, 0, 3, 0}));
    EXPECT_EQ(record.dependent, (PciAddress{0, 0xe8, 3, 0})) << "decimal";
}

TEST(PciList, TakesAnyOrderNoIndentationNoiseAndCarriageReturns)
{
    const auto list = parse_pci_list("Last login: today\r\nWARNING: x\r\n\r\n0000:00:02.0\r\nSubVendor ID: 0x1111\r\nSubDevice ID: 0x2222\r\n"
                                     "Device Class: 0x0300\r\nDevice ID: 0x9a49\r\nSome New Field: what\r\nConfigured Owner: Unknown\r\n"
                                     "Current Owner: VMkernel\r\nVendor ID: 0x8086\r\nModule Name: None\r\n\r\n"
                                     "0000:00:1f.3\r\n  Vendor ID: 0x8086\r\n  Device ID: 0xa0c8\r\n  Device Class: 0x0403\r\n");
    ASSERT_TRUE(list) << list.error();
    ASSERT_EQ(list->size(), 2u);
    const PciDevice& gpu = (*list)[0].device;
    EXPECT_EQ(gpu.id, (PciId{0x8086, 0x9a49}));
    EXPECT_EQ(gpu.driver, "");
    EXPECT_EQ(gpu.configured_owner, "host") << "never configured: the host has it";
    EXPECT_EQ(gpu.passthrough_capable, std::nullopt);
    EXPECT_EQ((*list)[1].device.configured_owner, "");
    EXPECT_EQ((*list)[1].dependent, std::nullopt);
}

TEST(PciList, NamesDeviceLineAndField)
{
    const auto wrong = parse_pci_list("0000:00:02.0\n   Vendor ID: 0x8086\n   Device ID: banana\n   Device Class: 0x0300\n");
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().where, ElementsAre("field Device ID", "line 3", "device 0000:00:02.0 (line 1)"));
    const auto missing = parse_pci_list("0000:00:02.0\n   SubVendor ID: 0x8086\n   Device ID: 0x1\n");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().where.front(), "field Vendor ID");
    EXPECT_FALSE(parse_pci_list("0000:00:02.0\n Address: 0000:00:03.0\n Vendor ID: 1\n Device ID: 1\n Device Class: 1\n"));
    EXPECT_FALSE(parse_pci_list("0000:00:02.0\n Vendor ID: 1\n Device ID: 1\n Device Class: 1\n Dependent Device: PCI 0:300:0:0\n"));
    EXPECT_FALSE(parse_pci_list("nothing\n"));
}

PciRecord function(PciAddress address, std::uint16_t class_code, std::optional<PciAddress> dependent, std::optional<PciAddress> parent = {})
{
    PciRecord record{.device = {.address = address, .class_code = class_code}, .vmkernel_name = {}, .parent = parent, .dependent = dependent};
    return record;
}

std::vector<PciAddress> group(const std::vector<PciRecord>& records, PciAddress address)
{
    for (const PciDevice& device : devices_of(records, std::nullopt))
        if (device.address == address)
            return device.group;
    return {};
}

TEST(PciGroups, AloneWhenItResetsItself)
{
    const PciAddress gpu{0, 0, 2, 0};
    const PciAddress audio{0, 0, 0x1f, 3};
    const std::vector<PciRecord> records{function(gpu, 0x0300, gpu), function(audio, 0x0403, audio), function({0, 0, 0, 0}, 0x0600, {})};
    EXPECT_TRUE(group(records, gpu).empty());
}

TEST(PciGroups, AllBehindOneBridgeGoTogether)
{
    const PciAddress bridge{0, 0, 3, 0};
    const PciAddress gpu{0, 4, 0, 0};
    const PciAddress sound{0, 4, 0, 1};   // names nothing it depends on
    const PciAddress disk{0, 5, 0, 0};    // behind the same bridge
    const PciAddress other{0, 6, 0, 0};
    const std::vector<PciRecord> records{function(bridge, 0x0604, {}), function(gpu, 0x0300, bridge), function(sound, 0x0403, {}),
                                         function(disk, 0x0108, disk, bridge), function(other, 0x0200, other)};
    EXPECT_THAT(group(records, gpu), ElementsAre(sound, disk));
    EXPECT_THAT(group(records, sound), ElementsAre(gpu)) << "seen from both sides";
    EXPECT_TRUE(group(records, other).empty());
    EXPECT_TRUE(group(records, bridge).empty());
}

TEST(VitalDevices, AreStorageAndUplinks)
{
    std::vector<PciRecord> records{function({0, 1, 0, 0}, 0x0108, {}), function({0, 2, 0, 0}, 0x0200, {}), function({0, 3, 0, 0}, 0x0200, {})};
    records[0].vmkernel_name = "vmhba1";
    records[1].vmkernel_name = "vmnic0";
    records[2].vmkernel_name = "vmnic1";
    const auto known = devices_of(records, std::map<std::string, std::string>{{"vmnic0", "vSwitch0"}});
    EXPECT_EQ(known[0].vital, "storage adapter vmhba1");
    EXPECT_EQ(known[1].vital, "uplink vmnic0 of vSwitch0");
    EXPECT_EQ(known[2].vital, "");
    EXPECT_EQ(devices_of(records, std::nullopt)[2].vital, "network adapter vmnic1");
}

TEST(PassthruMap, GivesExactEntriesOnly)
{
    const auto map = parse_passthru_map("# reset methods: flr, d3d0\n10de  ffff  bridge  false\n8086\t9a49  d3d0 default\r\nbroken line\n");
    ASSERT_EQ(map.size(), 1u);
    EXPECT_EQ(map.at({0x8086, 0x9a49}), "d3d0 default");
}

}  // namespace
}  // namespace gpupass::esxi
