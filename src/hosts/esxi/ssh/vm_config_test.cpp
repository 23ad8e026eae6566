#include "hosts/esxi/ssh/vm_config.hpp"

#include "hosts/esxi/fact_rules.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

Vm read(const std::string& text, Power power = Power::off)
{
    Vm vm{.id = "1", .name = "debian", .power = power};
    read_vm_config(VmxDocument{text}, vm);
    return vm;
}

TEST(VmConfig, ReadsWhatPassthroughNeeds)
{
    const Vm vm = read("guestOS = \"debian11-64\"\nmemsize = \"8192\"\nsched.mem.min = \"1024\"\nvvtd.enable = \"true\"\nvhv.enable = \"FALSE\"\n"
                       "pciPassthru1.id = \"00000:026:00.1\"\npciPassthru1.deviceId = \"0x9a49\"\npciPassthru1.vendorId = \"0x8086\"\npciPassthru1.systemId = \"abc\"\nPCIPASSTHRU1.PRESENT = \"TRUE\"\n"
                       "pciPassthru0.id = \"0000:af:00.0\"\npciPassthru.use64bitMMIO = \"TRUE\"\n");
    EXPECT_EQ(vm.guest_os, "debian11-64");
    EXPECT_EQ(vm.memory_mb, 8192);
    EXPECT_EQ(vm.memory_reserved_mb, 1024);
    EXPECT_EQ(vm.viommu, true);
    EXPECT_EQ(vm.nested_hv, false);
    EXPECT_EQ(vm.encrypted, false);
    ASSERT_EQ(vm.devices.size(), 2u);
    EXPECT_EQ(vm.devices[0].index, 0);
    EXPECT_EQ(vm.devices[0].address, std::nullopt) << "hexadecimal is no address here";
    EXPECT_EQ(vm.devices[0].id_text, "0000:af:00.0");
    EXPECT_FALSE(vm.devices[0].present);
    EXPECT_EQ(vm.devices[1].address, (PciAddress{0, 26, 0, 1}));
    EXPECT_EQ(vm.devices[1].id, (PciId{0x8086, 0x9a49}));
    EXPECT_EQ(vm.devices[1].system_id, "abc");
    EXPECT_TRUE(vm.devices[1].present);
    EXPECT_EQ(vm.unreadable, "");
}

TEST(VmConfig, AbsentMeansOffAndNonsenseMeansUnknown)
{
    const Vm absent = read("guestOS = \"x\"\n");
    EXPECT_EQ(absent.viommu, false);
    EXPECT_EQ(absent.memory_reserved_mb, 0);
    EXPECT_EQ(absent.memory_mb, std::nullopt);
    const Vm odd = read("vvtd.enable = \"perhaps\"\nsched.mem.min = \"-4\"\nmemSize = \"lots\"\n");
    EXPECT_EQ(odd.viommu, std::nullopt);
    EXPECT_EQ(odd.memory_reserved_mb, std::nullopt);
    EXPECT_EQ(odd.memory_mb, std::nullopt);
}

TEST(VmConfig, TellsSuspendedEncryptedAndBroken)
{
    EXPECT_EQ(read("checkpoint.vmState = \"a.vmss\"\n").power, Power::suspended);
    EXPECT_EQ(read("checkpoint.vmState = \"a.vmss\"\n", Power::on).power, Power::on);
    EXPECT_EQ(read("checkpoint.vmState = \"\"\n").power, Power::off);
    EXPECT_EQ(read("encryption.keySafe = \"x\"\n").encrypted, true);
    EXPECT_EQ(read("vtpm.present = \"TRUE\"\n").encrypted, true);
    EXPECT_THAT(read("a = \"1\"\nb = \"2\"\nA = \"1\"\n").unreadable, testing::HasSubstr("lines 1 and 3"));
}

TEST(VmConfig, SettingsHaveOneSpelling)
{
    Settings settings;
    add_vm_settings(VmxDocument{"SCHED.MEM.MINSIZE = \"5\"\nPciPassthru12.PCISLOTNUMBER = \"160\"\npciPassthru0.other = \"x\"\nmemSize = \"1\"\npciPassthru.allowP2P = \"TRUE\"\nvvtd.enable = \"\xff\"\n"},
                    "a.b", settings);
    EXPECT_EQ(settings.size(), 4u);
    EXPECT_EQ(settings.at(vm_key("a.b", "sched.mem.minSize")).configured, "5");
    EXPECT_EQ(settings.at(vm_key("a.b", "pciPassthru12.pciSlotNumber")).effective, "160");
    EXPECT_EQ(settings.at(vm_key("a.b", "pciPassthru0.other")).configured, "x");
    EXPECT_EQ(settings.at(vm_key("a.b", "vvtd.enable")).configured, std::nullopt);
}

TEST(VmxAddress, IsDecimal)
{
    EXPECT_EQ(parse_vmx_address("00000:000:02.0"), (PciAddress{0, 0, 2, 0}));
    EXPECT_EQ(parse_vmx_address("0:66:0.0"), (PciAddress{0, 66, 0, 0}));
    for (const char* text : {"", "00000:00:02", "0000:af:00.0", "0:256:0.0", "0:0:32.0", "0:0:0.8", "-1:0:0.0", "0:0:0.0 ", "0:-1:0.0"})
        EXPECT_EQ(parse_vmx_address(text), std::nullopt) << text;
}

TEST(Snapshots, AreCounted)
{
    EXPECT_EQ(parse_snapshots(""), 0);
    EXPECT_EQ(parse_snapshots(".encoding = \"UTF-8\"\nsnapshot.lastUID = \"3\"\nsnapshot.numSnapshots = \"1\"\nsnapshot0.uid = \"3\"\n"), 1);
    EXPECT_EQ(parse_snapshots("snapshot0.uid = \"3\"\nsnapshot1.uid = \"4\"\n"), 2);
    EXPECT_EQ(parse_snapshots("snapshot.numSnapshots = \"0\"\nsnapshot0.uid = \"4\"\n"), 1) << "what is listed counts";
    EXPECT_FALSE(parse_snapshots("snapshot.numSnapshots = \"many\"\n"));
}

TEST(ThisComputer, IsRecognisedInEveryByteOrder)
{
    const char* of_vm = "56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 59";
    EXPECT_TRUE(is_this_computer("564d4808-868b-8f67-a54a-33f387a8d059\n", of_vm));
    EXPECT_TRUE(is_this_computer("08484d56-8b86-678f-a54a-33f387a8d059\n", of_vm));
    EXPECT_TRUE(is_this_computer("\nVMware-56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 59\n", of_vm));
    EXPECT_FALSE(is_this_computer("564d4808-868b-8f67-a54a-33f387a8d050\n", of_vm));
    EXPECT_FALSE(is_this_computer("", of_vm));
    EXPECT_FALSE(is_this_computer("", ""));
}

}  // namespace
}  // namespace gpupass::esxi
