#include "hosts/esxi/api/host_facts.hpp"

#include "hosts/esxi/api/cluster.hpp"
#include "hosts/esxi/fact_rules.hpp"
#include "hosts/esxi/pci_ties.hpp"
#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace gpupass::esxi {

namespace {

constexpr std::int64_t megabyte = 1 << 20;

/// Shorts are signed: 0x8086 arrives as -32634.
std::uint16_t short_of(const pugi::xml_node& node, const char* name)
{
    return static_cast<std::uint16_t>(number_of(text_of(node, name)).value_or(0));
}

/// `0000:00:02.0` to the name of what drives it there: vmnic0, vmhba1.
using Names = std::map<PciAddress, std::string>;

void add_names(const pugi::xml_node& list, Names& names)
{
    for (const pugi::xml_node& item : list.children())
        if (const auto address = parse_pci_address(text_of(item, "pci")))
            names.insert_or_assign(*address, as_utf8(text_of(item, "device")));
}

/// Uplinks by name, with the switch they serve. Switches name them by their keys: key-vim.host.PhysicalNic-vmnic0.
std::map<std::string, std::string> uplinks_of(const ObjectContent& host)
{
    std::map<std::string, std::string> by_key;
    for (const pugi::xml_node& nic : host.node("config.network.pnic").children())
        by_key[std::string{text_of(nic, "key")}] = as_utf8(text_of(nic, "device"));
    std::map<std::string, std::string> uplinks;
    const auto add = [&](const pugi::xml_node& list, const char* name) {
        for (const pugi::xml_node& one : list.children())
            for (const pugi::xml_node& key : one.children("pnic"))
                if (const auto nic = by_key.find(key.child_value()); nic != by_key.end())
                    uplinks[nic->second] = as_utf8(text_of(one, name));
    };
    add(host.node("config.network.vswitch"), "name");
    add(host.node("config.network.proxySwitch"), "dvsName");
    return uplinks;
}

PciDevice device_of(const pugi::xml_node& node, const PciAddress& address)
{
    PciDevice device;
    device.address = address;
    device.id = {short_of(node, "vendorId"), short_of(node, "deviceId")};
    device.subsystem = {short_of(node, "subVendorId"), short_of(node, "subDeviceId")};
    device.class_code = short_of(node, "classId");
    device.vendor_name = as_utf8(text_of(node, "vendorName"));
    device.device_name = as_utf8(text_of(node, "deviceName"));
    return device;
}

void read_passthrough(const pugi::xml_node& info, PciRecord& record)
{
    const auto enabled = bool_of(text_of(info, "passthruEnabled")), active = bool_of(text_of(info, "passthruActive"));
    const auto owner = [](std::optional<bool> passthrough) { return !passthrough ? "" : *passthrough ? "passthrough" : "host"; };
    record.device.configured_owner = owner(enabled);
    record.device.current_owner = owner(active);
    record.device.passthrough_capable = bool_of(text_of(info, "passthruCapable"));
    record.dependent = parse_pci_address(text_of(info, "dependentDevice"));
    if (active == true)
        record.device.driver = "pciPassthru";
}

void read_pci(const ObjectContent& host, HostFacts& facts)
{
    std::map<PciAddress, pugi::xml_node> infos;
    for (const pugi::xml_node& info : host.node("config.pciPassthruInfo").children())
        if (const auto address = parse_pci_address(text_of(info, "id")))
            infos.emplace(*address, info);
    Names names;
    add_names(host.node("config.network.pnic"), names);
    add_names(host.node("config.storageDevice.hostBusAdapter"), names);
    std::vector<PciRecord> records;
    for (const pugi::xml_node& node : host.node("hardware.pciDevice").children()) {
        const auto address = parse_pci_address(text_of(node, "id"));
        if (!address)
            continue;
        PciRecord record{.device = device_of(node, *address), .vmkernel_name = {}, .parent = parse_pci_address(text_of(node, "parentBridge")), .dependent = {}};
        if (const auto info = infos.find(*address); info != infos.end())
            read_passthrough(info->second, record);
        if (const auto name = names.find(*address); name != names.end())
            record.vmkernel_name = name->second;
        records.push_back(std::move(record));
    }
    auto uplinks = std::optional{uplinks_of(host)};
    if (uplinks->empty())
        uplinks.reset();  // not believed: every NIC counts as one then
    facts.pci = devices_of(records, uplinks);
    for (const PciDevice& device : facts.pci) {
        const auto value = [](const std::string& owner) { return owner.empty() ? Value{} : Value{owner}; };
        facts.settings[owner_key(to_string(device.address))] = {value(device.configured_owner), value(device.current_owner)};
    }
}

void read_boot(const ObjectContent& host, std::int64_t now, HostFacts& facts)
{
    if (const auto started = time_of(host.text("runtime.bootTime")))
        facts.boot = Boot{std::max<std::int64_t>(0, now - *started), *started};
    else
        facts.unknown.emplace_back("time of boot: the API does not tell it");
}

std::set<std::string, std::less<>> autostarting(const ObjectContent& host)
{
    std::set<std::string, std::less<>> vms;
    for (const pugi::xml_node& info : host.node("config.autoStart").children("powerInfo"))
        if (equals_ignoring_case(text_of(info, "startAction"), "powerOn"))
            vms.emplace(text_of(info, "key"));
    return vms;
}

Power power_of(std::string_view state)
{
    if (state == "poweredOn")
        return Power::on;
    if (state == "poweredOff")
        return Power::off;
    return state == "suspended" ? Power::suspended : Power::unknown;
}

/// "[datastore1] debian/debian.vmx" to the path in the host's file system and the datastore.
void read_path(std::string_view text, Vm& vm)
{
    const auto close = text.find("] ");
    if (!text.starts_with('[') || close == std::string_view::npos)
        return;
    vm.datastore = text.substr(1, close - 1);
    vm.config_path = "/vmfs/volumes/" + vm.datastore + "/" + std::string{text.substr(close + 2)};
}

int snapshots_in(const pugi::xml_node& list, const char* name)
{
    constexpr int most = 10'000;
    int count = 0;
    for (const pugi::xml_node& snapshot : list.children(name))
        if (count < most)
            count += 1 + snapshots_in(snapshot, "childSnapshotList");  // load_xml() bounds the depth
    return count;
}

/// deviceId is a text of hexadecimal digits, with 0x or without.
std::optional<PciId> backing_id(const pugi::xml_node& backing)
{
    const auto vendor = number_of(text_of(backing, "vendorId"));
    const auto device = parse_hex16(text_of(backing, "deviceId"));
    if (!vendor || !device)
        return std::nullopt;
    return PciId{static_cast<std::uint16_t>(*vendor), *device};
}

void set(HostFacts& facts, const std::string& vm, const std::string& key, const std::string& value)
{
    facts.settings[vm_key(vm, key)] = {value, value};
}

void read_devices(const ObjectContent& content, Vm& vm, HostFacts& facts)
{
    int next = 0;
    for (const pugi::xml_node& node : content.node("config.hardware.device").children()) {
        if (type_of(node) == "VirtualTPM")
            vm.encrypted = true;
        vm.bound_to_host |= type_of(node) == "VirtualSriovEthernetCard" || type_of(node) == "VirtualUSB" || type_of(node) == "VirtualSCSIPassthrough";
        if (type_of(node) != "VirtualPCIPassthrough")
            continue;
        vm.bound_to_host = true;
        const pugi::xml_node backing = node.child("backing");
        VmDevice device{.index = passthrough_index(node, next), .present = true};
        next = device.index + 1;
        device.id_text = as_utf8(text_of(backing, "id"));
        device.address = parse_pci_address(device.id_text);
        device.id = backing_id(backing);
        device.system_id = as_utf8(text_of(backing, "systemId"));
        if (device.id_text.empty())
            device.id_text = type_of(backing);  // chosen by the host when the VM starts
        const std::string prefix = "pciPassthru" + std::to_string(device.index) + ".";
        set(facts, vm.name, prefix + "present", "TRUE");
        if (device.address)
            set(facts, vm.name, prefix + "id", vmx_address(*device.address));
        if (device.id) {
            set(facts, vm.name, prefix + "deviceId", hex_id(device.id->device));
            set(facts, vm.name, prefix + "vendorId", hex_id(device.id->vendor));
        }
        if (!device.system_id.empty())
            set(facts, vm.name, prefix + "systemId", device.system_id);
        vm.devices.push_back(std::move(device));
    }
    std::ranges::sort(vm.devices, {}, &VmDevice::index);
}

std::string read_trouble(const ObjectContent& vm)
{
    if (vm.text("runtime.connectionState") != "connected")
        return "it is " + excerpt(vm.text("runtime.connectionState"), 40);
    for (const char* path : {"config.hardware.device", "config.hardware.memoryMB"})
        if (const auto missing = vm.missing.find(path); missing != vm.missing.end())
            return error_of(missing->second).what;
    return vm.node("config.hardware.device") ? "" : "the API does not tell its configuration";
}

void add_flag(HostFacts& facts, const Vm& vm, const char* key, std::optional<bool> value)
{
    if (value)
        set(facts, vm.name, key, *value ? "TRUE" : "FALSE");
}

/// When it could not be read which adapters are in use, all of that kind are.
void keep_unread(const ObjectContent& host, const char* path, unsigned base_class, HostFacts& facts)
{
    if (host.node(path))
        return;
    for (PciDevice& device : facts.pci)
        if (device.class_code >> 8 == base_class && device.vital.empty())
            device.vital = "which adapters the host uses could not be read";
}

/// What firmware says that was never given one; thousands of boards share them. In both orders of the bytes.
constexpr std::array nobodys_uuids{"03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009", "12345678-1234-5678-90ab-cddeefaabbcc",
                                   "78563412-3412-7856-90ab-cddeefaabbcc"};

/// The firmware's UUID; where that is nobody's own, the MAC address of the first interface to the hypervisor (vmk0), which its configuration
/// keeps. "" when there is none.
std::string identity_of(const ObjectContent& host)
{
    const std::string uuid = lower(as_utf8(text_of(host.node("hardware.systemInfo"), "uuid")));
    const bool is_filler = std::ranges::all_of(uuid, [&](char c) { return c == uuid.front() || c == '-'; });
    if (!is_filler && std::ranges::find(nobodys_uuids, uuid) == nobodys_uuids.end())
        return uuid;
    std::pair<std::string, std::string> first;  // name, address
    for (const pugi::xml_node& card : host.node("config.network.vnic").children())
        if (std::pair<std::string, std::string> seen{as_utf8(text_of(card, "device")), lower(as_utf8(text_of(card.child("spec"), "mac")))};
            !seen.second.empty() && (first.second.empty() || seen < first))
            first = std::move(seen);
    return first.second.empty() ? "" : "mac-" + first.second;
}

}  // namespace

/// The key of the N-th device is 13000 + N: what its .vmx calls pciPassthruN.
int passthrough_index(const pugi::xml_node& device, int next)
{
    constexpr std::int64_t first_key = 13'000;
    constexpr std::int64_t most = 128;
    const auto key = number_of(text_of(device, "key")).value_or(0);
    return key >= first_key && key < first_key + most ? static_cast<int>(key - first_key) : next;
}

PropertySpec host_properties()
{
    return {"HostSystem",
            {"name", "config.autoStart", "config.lockdownMode",
             "config.network.pnic", "config.network.proxySwitch", "config.network.vnic", "config.network.vswitch", "config.pciPassthruInfo", "config.product",
             "config.storageDevice.hostBusAdapter", "configManager.advancedOption", "hardware.memorySize",
             "hardware.pciDevice", "hardware.systemInfo", "runtime.bootTime", "runtime.connectionState", "runtime.inMaintenanceMode",
             "summary.rebootRequired"}};
}

PropertySpec vm_properties()
{
    return {"VirtualMachine",
            {"name", "config.files.vmPathName", "config.flags.vvtdEnabled", "config.guestId", "config.hardware.device",
             "config.hardware.memoryMB", "config.keyId", "config.managedBy", "config.memoryAllocation.reservation", "config.nestedHVEnabled", "config.template",
             "config.uuid", "guest.toolsRunningStatus", "runtime.connectionState", "runtime.host", "runtime.powerState", "runtime.question", "snapshot"}};
}

Result<HostFacts> host_facts_of(const ObjectContent& host, std::int64_t now)
{
    HostFacts facts{.kind = "esxi", .name = as_utf8(host.text("name"))};
    if (const auto state = host.text("runtime.connectionState"); state != "connected")
        return at({.kind = ErrorKind::unreachable,
                   .what = state.empty() ? "the API does not tell whether this host is connected" : "the host is " + excerpt(state, 40),
                   .where = {}, .next = "look at the host; vCenter has no connection to it"}, facts.name);
    const pugi::xml_node product = host.node("config.product"), system = host.node("hardware.systemInfo");
    facts.version = as_utf8(text_of(product, "version"));
    facts.build = as_utf8(text_of(product, "build"));
    facts.uuid = identity_of(host);
    facts.model = as_utf8(text_of(system, "model"));
    facts.maintenance = bool_of(host.text("runtime.inMaintenanceMode"));
    if (const auto mode = host.text("config.lockdownMode"); !mode.empty())
        facts.lockdown = mode != "lockdownDisabled";
    if (const pugi::xml_node autostart = host.node("config.autoStart"))
        facts.autostart_enabled = bool_of(text_of(autostart.child("defaults"), "enabled")).value_or(false);
    if (const auto bytes = number_of(host.text("hardware.memorySize")))
        facts.memory_mb = *bytes / megabyte;
    facts.way_back.by_api = true;
    read_boot(host, now, facts);
    read_pci(host, facts);
    keep_unread(host, "config.storageDevice.hostBusAdapter", 0x01, facts);
    keep_unread(host, "config.network.pnic", 0x02, facts);
    for (const auto& [path, fault] : host.missing)
        facts.unknown.push_back(path + ": " + error_of(fault).what);
    if (facts.pci.empty())
        facts.unknown.emplace_back("PCI devices: the API lists none");
    for (const std::string& id : autostarting(host))
        facts.vms.push_back({.id = id, .autostart = true});  // add_vm() fills it in
    return facts;
}

void add_vm(const ObjectContent& content, std::string_view local_dmi, HostFacts& facts)
{
    if (content.object.id.empty() || bool_of(content.text("config.template")).value_or(false))
        return;
    const auto announced = std::ranges::find_if(facts.vms, [&](const Vm& vm) { return vm.id == content.object.id && vm.name.empty(); });
    const bool starts = announced != facts.vms.end();
    if (starts)
        facts.vms.erase(announced);
    Vm vm{.id = content.object.id, .name = as_utf8(content.text("name")), .power = power_of(content.text("runtime.powerState"))};
    if (vm.name.empty())
        vm.name = vm.id;  // it is there, whatever we may not read of it
    read_path(content.text("config.files.vmPathName"), vm);
    vm.guest_os = as_utf8(content.text("config.guestId"));
    if (is_agent(content))
        vm.mover = Mover::cluster;
    vm.memory_mb = number_of(content.text("config.hardware.memoryMB"));
    vm.memory_reserved_mb = number_of(content.text("config.memoryAllocation.reservation"));
    const auto is_read = [&](const char* path) { return !content.missing.contains(path); };
    if (is_read("config.flags.vvtdEnabled"))
        vm.viommu = bool_of(content.text("config.flags.vvtdEnabled")).value_or(false);
    vm.nested_hv = bool_of(content.text("config.nestedHVEnabled"));
    if (is_read("config.keyId"))
        vm.encrypted = !content.node("config.keyId").empty();
    if (is_read("snapshot"))
        vm.snapshots = snapshots_in(content.node("snapshot"), "rootSnapshotList");
    if (vm.power == Power::on)
        vm.tools_running = content.text("guest.toolsRunningStatus") == "guestToolsRunning";
    if (const pugi::xml_node question = content.node("runtime.question"))
        vm.question = as_utf8(text_of(question, "text"));
    if (facts.autostart_enabled)
        vm.autostart = starts;
    vm.unreadable = read_trouble(content);
    if (!vm.unreadable.empty())
        facts.unknown.push_back("configuration of VM " + vm.name + ": " + vm.unreadable);
    read_devices(content, vm, facts);
    if (vm.memory_reserved_mb.value_or(0) > 0)
        set(facts, vm.name, "sched.mem.min", std::to_string(*vm.memory_reserved_mb));
    add_flag(facts, vm, "vvtd.enable", bool_of(content.text("config.flags.vvtdEnabled")));
    add_flag(facts, vm, "vhv.enable", vm.nested_hv);
    const Value power = vm.power == Power::unknown ? Value{} : Value{to_string(vm.power)};
    facts.settings[vm_key(vm.name, "power")] = {power, power};
    if (is_this_computer(local_dmi, content.text("config.uuid")))
        facts.inside_this_host = true;
    facts.vms.push_back(std::move(vm));
}

void complete_facts(HostFacts& facts, std::optional<bool> vga)
{
    std::erase_if(facts.vms, [](const Vm& vm) { return vm.name.empty(); });  // autostart of what is not there any more
    const auto all = gpus(facts);
    const auto first = std::ranges::find(all, 0x0300, &PciDevice::class_code);
    const bool is_given = first != all.end() && (*first)->current_owner == "passthrough";
    const Value configured = vga ? Value{*vga ? "TRUE" : "FALSE"} : Value{};
    facts.settings[kernel_key("vga")] = {configured, Value{is_given ? "FALSE" : "TRUE"}};
    if (!vga)
        facts.unknown.emplace_back("kernel option vga: the API does not tell it");
    find_iommu(facts);
    find_console(facts);
    estimate_reservable_memory(facts);
    blank_shared_names(facts);
    std::ranges::sort(facts.vms, {}, &Vm::name);
}

}  // namespace gpupass::esxi
