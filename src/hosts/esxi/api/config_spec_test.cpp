#include "hosts/esxi/api/config_spec.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::HasSubstr;
using testing::Not;

VmNow now()
{
    return {.change_version = "7", .memory_mb = 8192, .devices = {{"13001", 1}}, .system_id = "5aec"};
}

EditVm with(std::vector<Want> edits) { return {"debian", std::move(edits)}; }

TEST(ConfigSpec, AddsTheDeviceWithSignedIdsAndAHexAddress)
{
    const auto spec = config_spec(with({{"pciPassthru0.id", "00000:026:02.1"}, {"pciPassthru0.deviceId", "0x9a49"}, {"pciPassthru0.vendorId", "0x8086"}, {"pciPassthru0.present", "TRUE"}}), now());
    ASSERT_TRUE(spec) << spec.error();
    EXPECT_EQ(*spec, "<spec><changeVersion>7</changeVersion><deviceChange><operation>add</operation><device xsi:type=\"VirtualPCIPassthrough\"><key>-100</key>"
                     "<backing xsi:type=\"VirtualPCIPassthroughDeviceBackingInfo\"><deviceName></deviceName><id>0000:1a:02.1</id><deviceId>0x9a49</deviceId>"
                     "<systemId>5aec</systemId><vendorId>-32634</vendorId></backing></device></deviceChange></spec>");
}

TEST(ConfigSpec, TakesTheDeviceOutByItsKey)
{
    const auto spec = config_spec(with({{"pciPassthru1.id", std::nullopt}, {"pciPassthru1.present", std::nullopt}}), now());
    ASSERT_TRUE(spec) << spec.error();
    EXPECT_THAT(*spec, HasSubstr("<deviceChange><operation>remove</operation><device xsi:type=\"VirtualPCIPassthrough\"><key>13001</key></device></deviceChange>"));
    EXPECT_THAT(*spec, Not(HasSubstr("<operation>add")));
}

TEST(ConfigSpec, ADeviceThatIsChangedInPartKeepsTheRest)
{
    VmNow vm = now();
    vm.devices[0].members = {{"id", "00000:000:02.0"}, {"vendorId", "0x8086"}};
    const auto spec = config_spec(with({{"pciPassthru1.deviceId", "0x9a49"}}), vm);
    ASSERT_TRUE(spec) << spec.error();
    EXPECT_THAT(*spec, HasSubstr("<operation>remove"));
    EXPECT_THAT(*spec, HasSubstr("<id>0000:00:02.0</id><deviceId>0x9a49</deviceId>"));
}

TEST(ConfigSpec, TakesNothingOutThatIsNotThere)
{
    EXPECT_EQ(*config_spec(with({{"pciPassthru5.present", std::nullopt}}), now()), "<spec><changeVersion>7</changeVersion></spec>");
}

TEST(ConfigSpec, LocksTheReservationOnlyWhenItIsAllMemory)
{
    EXPECT_THAT(*config_spec(with({{"sched.mem.min", "8192"}}), now()),
                HasSubstr("<memoryAllocation><reservation>8192</reservation></memoryAllocation><memoryReservationLockedToMax>true</memoryReservationLockedToMax>"));
    EXPECT_THAT(*config_spec(with({{"sched.mem.min", "1024"}}), now()), HasSubstr("<memoryReservationLockedToMax>false"));
    EXPECT_THAT(*config_spec(with({{"sched.mem.min", std::nullopt}}), now()), HasSubstr("<reservation>0</reservation></memoryAllocation><memoryReservationLockedToMax>false"));
}

TEST(ConfigSpec, HasFlagsBeforeDevicesAndThoseBeforeMemory)
{
    const auto spec = config_spec(with({{"sched.mem.min", "8192"}, {"pciPassthru1.present", std::nullopt}, {"vvtd.enable", "FALSE"}, {"vhv.enable", "FALSE"}}), now());
    ASSERT_TRUE(spec);
    const auto place = [&](const char* what) { return spec->find(what); };
    EXPECT_LT(place("<flags><vvtdEnabled>false"), place("<deviceChange>"));
    EXPECT_LT(place("<deviceChange>"), place("<memoryAllocation>"));
    EXPECT_LT(place("<memoryReservationLockedToMax>"), place("<nestedHVEnabled>false"));
}

TEST(ConfigSpec, FailsOnWhatItCannotSay)
{
    EXPECT_EQ(config_spec(with({{"sched.mem.pin", "TRUE"}}), now()).error().kind, ErrorKind::unsupported);
    EXPECT_FALSE(config_spec(with({{"sched.mem.min", "much"}}), now()));
    EXPECT_FALSE(config_spec(with({{"pciPassthru0.present", "TRUE"}}), now())) << "which function?";
    VmNow strange = now();
    strange.system_id.clear();
    EXPECT_THAT(config_spec(with({{"pciPassthru0.id", "0:0:2.0"}, {"pciPassthru0.deviceId", "0x9a49"}, {"pciPassthru0.vendorId", "0x8086"}, {"pciPassthru0.present", "TRUE"}}), strange).error().what,
                HasSubstr("does not offer"));
}

}  // namespace
}  // namespace gpupass::esxi
