#include "esxcli.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>

// esxcli hardware pci, graphics.

namespace gpupass::sim {

namespace {

using Type = EsxField::Type;

std::string current_owner(const Host& host, const PciDevice& device)
{
    const auto found = host.world.owners.find(device.address);
    return found == host.world.owners.end() ? vmkernel : found->second;
}

// "Unknown": never configured.
std::string configured_owner(const Host& host, const PciDevice& device)
{
    const auto found = host.world.settings.owners.find(device.address);
    return found == host.world.settings.owners.end() ? "Unknown" : found->second;
}

int hex_at(const PciDevice& device, std::size_t at, std::size_t size)
{
    return std::stoi(device.address.substr(at, size), nullptr, 16);
}

// PCI seg:bus:slot:func, decimal.
std::string decimal_name(const PciDevice& device)
{
    return fmt::format("PCI {}:{}:{}:{}", hex_at(device, 0, 4), hex_at(device, 5, 2), hex_at(device, 8, 2),
                       hex_at(device, 11, 1));
}

std::string parent_name(const Host& host, const PciDevice& device)
{
    for (const auto& other : pci_devices(host))
        if (other.spawned_bus != 0 && other.spawned_bus == hex_at(device, 5, 2))
            return decimal_name(other);
    return decimal_name(device);
}

EsxStructure pci_record(const Host& host, const PciDevice& device)
{
    const bool passed = current_owner(host, device) == passthru;
    const auto flag = [](bool value) { return value ? "true" : "false"; };
    EsxStructure record{device.address, {}};
    const auto add = [&](const char* name, std::string value) { record.fields.push_back({name, std::move(value)}); };
    add("Address", device.address);
    add("Segment", fmt::format("0x{:04x}", hex_at(device, 0, 4)));
    add("Bus", fmt::format("0x{:02x}", hex_at(device, 5, 2)));
    add("Slot", fmt::format("0x{:02x}", hex_at(device, 8, 2)));
    add("Function", fmt::format("0x{:x}", hex_at(device, 11, 1)));
    add("VMkernel Name", passed ? "" : device.vmkernel_name);
    add("Vendor Name", device.vendor_name);
    add("Device Name", device.device_name);
    add("Configured Owner", configured_owner(host, device));
    add("Current Owner", current_owner(host, device));
    add("Vendor ID", fmt::format("0x{:04x}", device.vendor));
    add("Device ID", fmt::format("0x{:04x}", device.device));
    add("SubVendor ID", fmt::format("0x{:04x}", device.subvendor));
    add("SubDevice ID", fmt::format("0x{:04x}", device.subdevice));
    add("Device Class", fmt::format("0x{:04x}", device.class_id));
    add("Device Class Name", device.class_name);
    add("Programming Interface", device.class_id == 0x0c03 ? "0x30" : "0x00");
    add("Revision ID", fmt::format("0x{:02x}", device.revision));
    add("Interrupt Line", device.is_display() ? "0x0b" : "0xff");
    add("IRQ", "255");
    add("Interrupt Vector", "0x00");
    add("PCI Pin", "0x00");
    add("Spawned Bus", fmt::format("0x{:02x}", device.spawned_bus));
    add("Flags", passed ? "0x3001" : "0x3201");
    add("Module ID", passed ? "49" : device.driver == "None" ? "-1" : "4121");
    add("Module Name", passed ? "pciPassthru" : device.driver);
    add("Chassis", "0");
    add("Physical Slot", "4294967295");
    add("Slot Description", device.vmkernel_name == "vmhba1" ? "M.2 Slot" : "");
    add("Device Layer Bus Address", fmt::format("s00000000.{:02x}", hex_at(device, 8, 2)));
    add("Passthru Capable", flag(device.capable));
    add("Parent Device", parent_name(host, device));
    add("Dependent Device", decimal_name(device));
    add("Reset Method", device.reset);
    add("FPT Sharable", "true");
    add("NUMA Node", "0");
    add("Extended Device ID", "65535");
    if (host.is_8())
        add("Hardware Label", "");
    return record;
}

EsxOutcome pci_list(Host& host, const EsxOptions& options)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::list, "PCIDevice", {}, {}};
    const auto wanted = options.find("class");
    const auto class_id = wanted == options.end() ? std::nullopt : to_c_number(wanted->second);
    for (const auto& device : pci_devices(host))
        if (wanted == options.end() || class_id == device.class_id)
            outcome.result.structures.push_back(pci_record(host, device));
    return outcome;
}

EsxOutcome passthru_list(Host& host, const EsxOptions&)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::table, "PCIPassthru", {}, {}};
    for (const auto& device : pci_devices(host)) {
        const bool enabled = configured_owner(host, device) == passthru;
        if (device.capable)
            outcome.result.structures.push_back(
                {"", {{"Device ID", device.address}, {"Enabled", enabled ? "true" : "false", Type::boolean}}});
    }
    return outcome;
}

EsxOutcome refuse(const std::string& why) { return esx_error("Unable to configure the PCI device: " + why); }

bool is_used_by_vm(const Host& host, const std::string& address)
{
    return std::ranges::any_of(host.world.vms, [&](const Vm& vm) {
        const auto entries = passthru_entries(Vmx{vm.text});
        return vm.power == powered_on && std::ranges::find(entries, address, &PassthruEntry::address) != entries.end();
    });
}

EsxOutcome passthru_set(Host& host, const EsxOptions& options)
{
    const auto enable = to_bool(options.at("enable"));
    const auto device = pci_device(host, options.at("device-id"));
    if (!enable)
        return esx_error("Error: Invalid value for parameter enable: " + options.at("enable"));
    if (!device)
        return refuse("Unable to find device " + options.at("device-id"));
    if ((configured_owner(host, *device) == passthru) == *enable)
        return refuse(fmt::format("Device owner is already configured to {}.", *enable ? "passthru" : "vmkernel"));
    if (*enable && !device->capable)
        return refuse("Device is not capable of passthru.");
    if (*enable && device->vmkernel_name.starts_with("vmnic"))
        return refuse("Device ownership cannot be changed to passthru as it is used by vswitch vSwitch0 for uplink " +
                      device->vmkernel_name);
    const std::string owner = *enable ? passthru : vmkernel;
    host.world.settings.owners[device->address] = owner;
    host.changed = true;
    if (!options.contains("apply-now") || is_used_by_vm(host, device->address))
        return {};
    // The boot disk is in use, too: it stays until the next boot.
    host.world.owners[device->address] =
        device->vmkernel_name == "vmhba1" ? vmkernel : owner_after(host, *device, owner);
    log_kernel(host,
               fmt::format("PCIPassthru: 1039: Device {} is now owned by {}", device->address,
                           host.world.owners[device->address]));
    return {};
}

EsxOutcome graphics_devices(Host& host, const EsxOptions&)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::list, "GraphicsDevice", {}, {}};
    for (const auto& device : pci_devices(host)) {
        if (!device.is_display())
            continue;
        const bool passed = current_owner(host, device) == passthru;
        outcome.result.structures.push_back({device.address,
                                             {{"Vendor Name", device.vendor_name},
                                              {"Device Name", device.device_name},
                                              {"Module Name", passed ? "pciPassthru" : "None"},
                                              {"Graphics Type", passed ? "Direct" : "Basic"},
                                              {"Memory Size in KB", "0", Type::integer},
                                              {"Number of VMs", "0", Type::integer}}});
    }
    return outcome;
}

EsxOutcome graphics_host(Host&, const EsxOptions&)
{
    EsxOutcome outcome;
    outcome.result = {
        EsxResult::Shape::structure,
        "GraphicsHost",
        {{"", {{"Default Graphics Type", "Shared"}, {"Shared Passthru Assignment Policy", "Performance"}}}},
        {}};
    return outcome;
}

}  // namespace

void add_pci_commands(EsxCommands& commands)
{
    commands["hardware pci list"] = {{{'c', "class"}, {'m', "mask"}}, pci_list};
    commands["hardware pci pcipassthru list"] = {{}, passthru_list};
    commands["hardware pci pcipassthru set"] = {
        {{'d', "device-id", false, true}, {'e', "enable", false, true}, {'a', "apply-now", true}}, passthru_set};
    commands["graphics device list"] = {{}, graphics_devices};
    commands["graphics host get"] = {{}, graphics_host};
}

}  // namespace gpupass::sim
