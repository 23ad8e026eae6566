#include "hosts/esxi/api/cluster.hpp"
#include "hosts/esxi/api/host_facts.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string property(const std::string& name, const std::string& value)
{
    return "<propSet><name>" + name + "</name><val>" + value + "</val></propSet>";
}

std::string device(const std::string& id, int vendor, int device, int class_id, const std::string& more = {})
{
    return "<HostPciDevice><id>" + id + "</id><classId>" + std::to_string(class_id) + "</classId><vendorId>" + std::to_string(vendor) + "</vendorId><vendorName>V</vendorName><deviceId>" +
           std::to_string(device) + "</deviceId>" + more + "<deviceName>D</deviceName></HostPciDevice>";
}

std::string info(const std::string& id, bool enabled, bool active, const std::string& dependent = {})
{
    return "<HostPciPassthruInfo><id>" + id + "</id><dependentDevice>" + (dependent.empty() ? id : dependent) + "</dependentDevice><passthruEnabled>" + word(enabled) +
           "</passthruEnabled><passthruCapable>true</passthruCapable><passthruActive>" + word(active) + "</passthruActive></HostPciPassthruInfo>";
}

class ApiFacts : public testing::Test {
protected:
    std::string host = property("name", "esx01") + property("runtime.connectionState", "connected") + property("hardware.memorySize", "34359738368") +
                       property("hardware.pciDevice", device("0000:00:02.0", -32634, -26039, 0x300) + device("0000:58:00.0", -32634, 0x15f3, 0x200) + device("0000:59:00.0", 0x144d, 0x80, 0x108)) +
                       property("config.network.pnic", "<PhysicalNic><key>key-vim.host.PhysicalNic-vmnic0</key><device>vmnic0</device><pci>0000:58:00.0</pci></PhysicalNic>") +
                       property("config.network.vnic", "<HostVirtualNic><device>vmk1</device><spec><mac>48:21:0b:00:00:00</mac></spec></HostVirtualNic>"
                                                       "<HostVirtualNic><device>vmk0</device><spec><mac>48:21:0B:00:00:01</mac></spec></HostVirtualNic>") +
                       property("config.network.vswitch", "<HostVirtualSwitch><name>vSwitch0</name><pnic>key-vim.host.PhysicalNic-vmnic0</pnic></HostVirtualSwitch>") +
                       property("config.storageDevice.hostBusAdapter", "<HostHostBusAdapter><device>vmhba1</device><pci>0000:59:00.0</pci></HostHostBusAdapter>") +
                       property("config.autoStart", "<powerInfo><key type='VirtualMachine'>2</key><startAction>powerOn</startAction></powerInfo><defaults><enabled>true</enabled></defaults>");
    std::string passthrough = info("0000:00:02.0", true, false);
    std::string vm = property("name", "debian") + property("runtime.connectionState", "connected") + property("runtime.powerState", "poweredOn") +
                     property("config.hardware.memoryMB", "8192") + property("config.memoryAllocation.reservation", "8192") + property("config.flags.vvtdEnabled", "true") +
                     property("config.files.vmPathName", "[ds 1] debian/debian.vmx") + property("guest.toolsRunningStatus", "guestToolsRunning");
    std::string devices = "<VirtualDevice xsi:type='VirtualPCIPassthrough'><key>13001</key><backing xsi:type='VirtualPCIPassthroughDeviceBackingInfo'><id>0000:00:02.0</id>"
                          "<deviceId>0x9a49</deviceId><systemId>5aec</systemId><vendorId>-32634</vendorId></backing></VirtualDevice>";

    Result<HostFacts> read(std::optional<bool> vga = true)
    {
        const std::string text = "<Envelope xmlns:xsi='x'><Body><RetrievePropertiesExResponse><returnval><objects><obj type='HostSystem'>host-1</obj>" + host +
                                 property("config.pciPassthruInfo", passthrough) + "</objects><objects><obj type='VirtualMachine'>2</obj>" + vm + property("config.hardware.device", devices) +
                                 "</objects></returnval></RetrievePropertiesExResponse></Body></Envelope>";
        const auto reply = parse_reply(text, "RetrievePropertiesEx");
        if (!reply)
            return std::unexpected(reply.error());
        const auto objects = contents_of(*reply);
        auto facts = host_facts_of(objects.at(0), 2'000'000'000);
        if (facts) {
            add_vm(objects.at(1), "", *facts);
            complete_facts(*facts, vga);
        }
        return facts;
    }
};

TEST_F(ApiFacts, ReadsSignedIdsOwnersAndWhatTheHostNeeds)
{
    const auto facts = read();
    ASSERT_TRUE(facts) << facts.error();
    ASSERT_EQ(facts->pci.size(), 3u);
    EXPECT_EQ(facts->pci[0].id, (PciId{0x8086, 0x9a49}));
    EXPECT_EQ(facts->pci[0].configured_owner, "passthrough");
    EXPECT_EQ(facts->pci[0].current_owner, "host");
    EXPECT_EQ(facts->pci[1].vital, "uplink vmnic0 of vSwitch0");
    EXPECT_EQ(facts->pci[2].vital, "storage adapter vmhba1");
    EXPECT_EQ(facts->console_gpu, (PciAddress{0, 0, 2, 0}));
    EXPECT_TRUE(facts->way_back.by_api);
}

/// Who takes VM 2 off its host.
Mover mover_by(const std::string& cluster, Vm vm = {.id = "2"})
{
    const auto reply = parse_reply("<Envelope xmlns:xsi='x'><Body><RetrievePropertiesExResponse><returnval><objects><obj type='ClusterComputeResource'>c-1</obj>" + cluster +
                                       "</objects></returnval></RetrievePropertiesExResponse></Body></Envelope>", "RetrievePropertiesEx");
    HostFacts facts;
    facts.vms = {std::move(vm)};
    add_movers(contents_of(reply.value()).at(0), facts);
    return facts.vms.front().mover;
}

TEST(Cluster, DrsMovesWhatItMayWhereThereIsRoom)
{
    const auto drs = [](const std::string& behaviour, const std::string& rules = {}) {
        return property("configurationEx", "<drsConfig><enabled>true</enabled><defaultVmBehavior>" + behaviour + "</defaultVmBehavior></drsConfig>" + rules);
    };
    const std::string room = property("summary", "<numEffectiveHosts>2</numEffectiveHosts>");
    EXPECT_EQ(mover_by(drs("fullyAutomated") + room), Mover::drs);
    EXPECT_EQ(mover_by(drs("partiallyAutomated") + room), Mover::nobody);
    EXPECT_EQ(mover_by(drs("fullyAutomated") + property("summary", "<numEffectiveHosts>1</numEffectiveHosts>")), Mover::nobody) << "nowhere to go";
    EXPECT_EQ(mover_by(drs("fullyAutomated")), Mover::nobody) << "not known";
    EXPECT_EQ(mover_by(room), Mover::nobody);
    const std::string manual = "<drsVmConfig><key type='VirtualMachine'>2</key><behavior>manual</behavior></drsVmConfig>", off = "<drsVmConfig><key type='VirtualMachine'>2</key><enabled>false</enabled></drsVmConfig>";
    EXPECT_EQ(mover_by(drs("fullyAutomated", manual) + room), Mover::nobody);
    EXPECT_EQ(mover_by(drs("fullyAutomated", off) + room), Mover::nobody);
    EXPECT_EQ(mover_by(drs("fullyAutomated", manual) + room, {.id = "3"}), Mover::drs) << "another VM's rule";
    const std::string place = "<rule xsi:type='ClusterVmHostRuleInfo'><enabled>true</enabled><mandatory>true</mandatory><vmGroupName>here</vmGroupName></rule><group xsi:type='ClusterVmGroup'><name>here</name><vm type='VirtualMachine'>2</vm></group>";
    EXPECT_EQ(mover_by(drs("fullyAutomated", place) + room), Mover::nobody) << "it must stay on some hosts";
    EXPECT_EQ(mover_by(drs("fullyAutomated", place) + room, {.id = "3"}), Mover::drs);
    EXPECT_EQ(mover_by(drs("fullyAutomated") + room, {.id = "2", .bound_to_host = true}), Mover::nobody) << "its device is here";
}

TEST_F(ApiFacts, TheClustersOwnVmsAreKnown)
{
    EXPECT_EQ(read()->vms.front().mover, Mover::nobody);
    EXPECT_TRUE(read()->vms.front().bound_to_host);
    vm += property("config.managedBy", "<extensionKey>VirtualCenter</extensionKey><type>vcls-entity</type>");
    EXPECT_EQ(read()->vms.front().mover, Mover::cluster);
}

TEST_F(ApiFacts, AUuidThatBoardsShareIsNoIdentity)
{
    host += property("hardware.systemInfo", "<uuid>564D4808-868b-8f67-a54a-33f387a8d059</uuid>");
    EXPECT_EQ(read()->uuid, "564d4808-868b-8f67-a54a-33f387a8d059");
    for (const std::string filler : {"03000200-0400-0500-0006-000700080009", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", ""}) {
        host.replace(host.rfind("<uuid>"), std::string::npos, "<uuid>" + filler + "</uuid></val></propSet>");
        EXPECT_EQ(read()->uuid, "mac-48:21:0b:00:00:01") << filler;
    }
}

TEST_F(ApiFacts, GivesVmsTheKeysOfTheirVmx)
{
    const auto facts = read();
    ASSERT_TRUE(facts) << facts.error();
    ASSERT_EQ(facts->vms.size(), 1u);
    const Vm& debian = facts->vms[0];
    EXPECT_EQ(debian.id, "2");
    EXPECT_EQ(debian.config_path, "/vmfs/volumes/ds 1/debian/debian.vmx");
    EXPECT_EQ(debian.power, Power::on);
    EXPECT_EQ(debian.autostart, true);
    EXPECT_EQ(debian.tools_running, true);
    ASSERT_EQ(debian.devices.size(), 1u);
    EXPECT_EQ(debian.devices[0].index, 1);
    const auto value = [&](const char* key) { return facts->settings.at(vm_key("debian", key)).configured; };
    EXPECT_EQ(value("pciPassthru1.id"), "00000:000:02.0");
    EXPECT_EQ(value("pciPassthru1.deviceId"), "0x9a49");
    EXPECT_EQ(value("pciPassthru1.vendorId"), "0x8086");
    EXPECT_EQ(value("pciPassthru1.systemId"), "5aec");
    EXPECT_EQ(value("sched.mem.min"), "8192");
    EXPECT_EQ(value("vvtd.enable"), "TRUE");
    EXPECT_EQ(value("power"), "on");
}

TEST_F(ApiFacts, TellTheRunningVgaByWhoHasTheGpu)
{
    EXPECT_EQ(read(false)->settings.at("kernel.vga"), (Setting{"FALSE", "TRUE"})) << "the console still has it";
    passthrough = info("0000:00:02.0", true, true);
    EXPECT_EQ(read(false)->settings.at("kernel.vga"), (Setting{"FALSE", "FALSE"}));
    EXPECT_FALSE(read(false)->console_gpu);
    EXPECT_EQ(read(std::nullopt)->settings.at("kernel.vga").configured, std::nullopt) << "what is not known blocks";
}

TEST_F(ApiFacts, GroupWhatIsResetTogether)
{
    passthrough = info("0000:58:00.0", false, false, "0000:59:00.0") + info("0000:59:00.0", false, false);
    const auto facts = read();
    ASSERT_TRUE(facts);
    EXPECT_THAT(facts->pci[1].group, ElementsAre(PciAddress{0, 0x59, 0, 0}));
    EXPECT_EQ(facts->pci[0].current_owner, "") << "the API did not speak of it";
}

TEST_F(ApiFacts, WhatCannotBeReadIsNotTakenForNothing)
{
    host = property("name", "esx01") + property("runtime.connectionState", "connected") +
           property("hardware.pciDevice", device("0000:58:00.0", -32634, 0x15f3, 0x200) + device("0000:59:00.0", 0x144d, 0x80, 0x108));
    vm = property("runtime.connectionState", "connected") +
         "<missingSet><path>snapshot</path><fault/></missingSet><missingSet><path>config.flags.vvtdEnabled</path><fault/></missingSet><missingSet><path>config.keyId</path><fault/></missingSet>";
    const auto facts = read();
    ASSERT_TRUE(facts) << facts.error();
    for (const PciDevice& kept : facts->pci)
        EXPECT_THAT(kept.vital, HasSubstr("could not be read")) << to_string(kept.address);
    ASSERT_EQ(facts->vms.size(), 1u);
    EXPECT_EQ(facts->vms[0].name, "2") << "it is there, even without a name";
    EXPECT_EQ(facts->vms[0].power, Power::unknown);
    EXPECT_EQ(facts->vms[0].snapshots, std::nullopt);
    EXPECT_EQ(facts->vms[0].viommu, std::nullopt);
    EXPECT_EQ(facts->vms[0].encrypted, std::nullopt);
}

TEST_F(ApiFacts, AHostThatIsAwayIsNoHostWithoutDevices)
{
    host = property("name", "esx01") + property("runtime.connectionState", "notResponding");
    const auto facts = read();
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().kind, ErrorKind::unreachable);
}

TEST_F(ApiFacts, AVmThatIsNotToldIsNotEdited)
{
    vm = property("name", "debian") + property("runtime.connectionState", "inaccessible");
    const auto facts = read();
    ASSERT_TRUE(facts);
    EXPECT_THAT(facts->vms[0].unreadable, HasSubstr("inaccessible"));
    EXPECT_EQ(facts->vms[0].power, Power::unknown);
    EXPECT_THAT(facts->unknown, Contains(HasSubstr("configuration of VM debian")));
}

TEST_F(ApiFacts, AutostartOfAVmThatIsGoneIsNoVm)
{
    vm = property("name", "a template") + property("config.template", "true");
    EXPECT_THAT(read()->vms, IsEmpty());
}

}  // namespace
}  // namespace gpupass::esxi
