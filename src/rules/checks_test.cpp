#include "rules/checks.hpp"

#include <gtest/gtest.h>

namespace gpupass {
namespace {

constexpr PciAddress gpu_address{0, 0, 2, 0};

class ChecksTest : public testing::Test {
protected:
    ChecksTest()
    {
        facts.uuid = facts.system_id = "5aec0000-0000-0000-0000-000000000001";
        facts.pci = {PciDevice{.address = gpu_address,
                               .id = {0x8086, 0x9a49},
                               .class_code = 0x0300,
                               .configured_owner = "passthrough",
                               .current_owner = "host"}};
        Vm vm{.id = "1", .name = "debian", .power = Power::off};
        vm.devices = {
            VmDevice{.address = gpu_address, .id = PciId{0x8086, 0x9a49}, .system_id = facts.system_id, .present = true}};
        facts.vms = {vm};
    }
    std::optional<bool> check(std::string_view name, const Fields& fields = {})
    {
        const Check found = find_check(name);
        EXPECT_NE(found, nullptr) << name;
        return found ? found(facts, fields) : std::nullopt;
    }

    HostFacts facts;
};

TEST_F(ChecksTest, DoNotGuessWhenNoVmHasADevice)
{
    facts.vms[0].devices.clear();
    facts.vms[0].viommu = true;

    EXPECT_EQ(check("viommu-on"), std::nullopt);
    EXPECT_EQ(check("viommu-on", {{"vm", "debian"}}), true);
    EXPECT_EQ(check("viommu-on", {{"vm", "other"}}), std::nullopt);
}

TEST_F(ChecksTest, SeeTheVirtualIommu)
{
    EXPECT_EQ(check("viommu-on"), std::nullopt);
    facts.vms[0].viommu = false;
    EXPECT_EQ(check("viommu-on"), false);
    facts.vms.push_back(facts.vms[0]);
    facts.vms[1].viommu = std::nullopt;
    EXPECT_EQ(check("viommu-on"), std::nullopt);
    facts.vms[1].viommu = true;
    EXPECT_EQ(check("viommu-on"), true);
}

TEST_F(ChecksTest, CompareReservationAndMemory)
{
    facts.vms[0].memory_mb = 4096;
    EXPECT_EQ(check("memory-not-reserved"), std::nullopt);
    facts.vms[0].memory_reserved_mb = 4095;
    EXPECT_EQ(check("memory-not-reserved"), true);
    facts.vms[0].memory_reserved_mb = 4096;
    EXPECT_EQ(check("memory-not-reserved"), false);
}

TEST_F(ChecksTest, CompareMemoryWithWhatTheHostHasLeft)
{
    facts.vms[0].memory_mb = 4096;
    EXPECT_EQ(check("memory-too-small"), std::nullopt);
    facts.memory_reservable_mb = 4000;
    EXPECT_EQ(check("memory-too-small"), true);
    facts.memory_reservable_mb = 5000;
    EXPECT_EQ(check("memory-too-small"), false);
}

TEST_F(ChecksTest, SeeSnapshotsAndNestedVirtualization)
{
    facts.vms[0].snapshots = 0;
    facts.vms[0].nested_hv = true;
    EXPECT_EQ(check("has-snapshot"), false);
    EXPECT_EQ(check("nested-hv-on"), true);
    facts.vms[0].snapshots = 2;
    EXPECT_EQ(check("has-snapshot"), true);
}

TEST_F(ChecksTest, SeeAnAddressThatIsNoneOrEmpty)
{
    EXPECT_EQ(check("hex-id"), false);
    facts.vms[0].devices[0].address = PciAddress{0, 66, 0, 0};
    EXPECT_EQ(check("hex-id"), true);
    facts.vms[0].devices[0].address = std::nullopt;
    EXPECT_EQ(check("hex-id"), true);
}

TEST_F(ChecksTest, SeeAForeignSystemOrCard)
{
    EXPECT_EQ(check("foreign-system-id"), false);
    facts.vms[0].devices[0].system_id = "BYPASS";
    EXPECT_EQ(check("foreign-system-id"), false);
    facts.vms[0].devices[0].id = PciId{0x10de, 0x1cb2};
    EXPECT_EQ(check("foreign-system-id"), true);
    facts.vms[0].devices[0].id = PciId{0x8086, 0x9a49};
    facts.vms[0].devices[0].system_id = "someone-else";
    EXPECT_EQ(check("foreign-system-id"), true);
}

TEST_F(ChecksTest, SeeWhoOwnsTheDevice)
{
    EXPECT_EQ(check("device-not-active"), true);
    facts.pci[0].current_owner = "passthrough";
    EXPECT_EQ(check("device-not-active"), false);
    facts.pci[0].current_owner.clear();
    EXPECT_EQ(check("device-not-active"), std::nullopt);
}

TEST_F(ChecksTest, SeeTwoVmsWithOneDeviceOnlyWhenOneRuns)
{
    facts.vms.push_back(facts.vms[0]);
    facts.vms[1].id = "2";
    facts.vms[1].name = "windows11";
    EXPECT_EQ(check("device-in-two-vms"), false);
    facts.vms[1].power = Power::on;
    EXPECT_EQ(check("device-in-two-vms"), true);
    EXPECT_EQ(check("device-in-two-vms", {{"vm", "debian"}}), true);
}

TEST_F(ChecksTest, SeeTheConsoleOnAPendingGpu)
{
    EXPECT_EQ(check("console-holds-gpu"), false);
    facts.settings[kernel_key("vga")] = {"FALSE", "TRUE"};
    EXPECT_EQ(check("console-holds-gpu"), true);
    EXPECT_EQ(check("console-released"), false);
    facts.pci[0].current_owner = "passthrough";
    EXPECT_EQ(check("console-holds-gpu"), false);
    facts.pci.clear();
    EXPECT_EQ(check("console-holds-gpu"), std::nullopt);
}

TEST_F(ChecksTest, SeeWhatWaitsForAReboot)
{
    EXPECT_EQ(check("reboot-pending"), true);
    facts.pci[0].configured_owner = "host";
    EXPECT_EQ(check("reboot-pending"), false);
    facts.settings[kernel_key("vga")] = {"FALSE", "TRUE"};
    EXPECT_EQ(check("reboot-pending"), true);
}

TEST_F(ChecksTest, SeeCapabilityAndBootVolume)
{
    EXPECT_EQ(check("gpu-not-capable"), std::nullopt);
    EXPECT_EQ(check("boot-volume-lost"), std::nullopt);
    facts.pci[0].passthrough_capable = false;
    facts.way_back.boot_volume_on_disk = false;
    EXPECT_EQ(check("gpu-not-capable"), true);
    EXPECT_EQ(check("boot-volume-lost"), true);
}

TEST(Checks, AreFoundByNameOnly)
{
    EXPECT_EQ(find_check(""), nullptr);
    EXPECT_EQ(find_check("no-such-check"), nullptr);
}

}  // namespace
}  // namespace gpupass
