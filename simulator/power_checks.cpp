#include "host.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>

// Why a virtual machine cannot be powered on. The umbrella text stands last; the reason is before it.

namespace gpupass::sim {

namespace {

const Message umbrella{"msg.moduletable.powerOnFailed", "Module 'DevicePowerOn' power on failed."};
const Message no_start{"msg.vmx.poweron.failed", "Failed to start the virtual machine."};

PowerFault config_fault(std::string key, std::string text)
{
    return {"vim.fault.GenericVmConfigFault", {{std::move(key), std::move(text)}, umbrella, no_start}, {}, {}};
}

// bus:slot.function, decimal, as the messages have it: 0:2.0
std::string decimal(const std::string& address)
{
    const auto hex = [&](std::size_t at, std::size_t size) { return std::stoi(address.substr(at, size), nullptr, 16); };
    return fmt::format("{}:{}.{}", hex(5, 2), hex(8, 2), hex(11, 1));
}

PowerFault no_device(int index)
{
    auto fault =
        config_fault("msg.ah.predicates",
                     fmt::format("Failed to generate predicates for pciPassthru{}---invalid VM configuration", index));
    fault.log = {"AH No device hints found",
                 fmt::format("AH Failed to find a suitable device for pciPassthru{}", index)};
    return fault;
}

bool ids_match(const Vmx& vmx, const PassthruEntry& entry, const PciDevice& device)
{
    const auto key = fmt::format("pciPassthru{}.", entry.index);
    const auto system = vmx.get_or(key + "systemId", "");
    return (same_word(system, system_uuid()) || system == "BYPASS") &&
        to_c_number(vmx.get_or(key + "vendorId", "")) == device.vendor &&
        to_c_number(vmx.get_or(key + "deviceId", "")) == device.device;
}

bool is_used_elsewhere(const Host& host, const Vm& vm, const std::string& address)
{
    return std::ranges::any_of(host.world.vms, [&](const Vm& other) {
        const auto entries = passthru_entries(Vmx{other.text});
        return other.id != vm.id && other.power == powered_on &&
            std::ranges::find(entries, address, &PassthruEntry::address) != entries.end();
    });
}

std::optional<PowerFault> device_fault(const Host& host, const Vm& vm, const Vmx& vmx, const PassthruEntry& entry)
{
    const auto device = pci_device(host, entry.address);
    if (!device)
        return no_device(entry.index);
    const auto address = decimal(entry.address);
    if (!ids_match(vmx, entry, *device))
        return config_fault("msg.pciPassthru.mismatchIDs",
                            "The systemId does not match the current system or the deviceId, and the vendorId does "
                            "not match the device currently at " +
                                address + ".");
    const auto owner = host.world.owners.find(entry.address);
    if (owner == host.world.owners.end() || owner->second != passthru)
        return config_fault("msg.pciPassthru.notPassthruDev",
                            fmt::format("Device {} is not a passthrough device.", address));
    if (is_used_elsewhere(host, vm, entry.address)) {
        auto fault = config_fault("msg.pciPassthru.deviceInUse", fmt::format("Device {} is already in use.", address));
        fault.kernel = {fmt::format("PCIPassthru: 2781: Device {} is already in use by another world", entry.address)};
        return fault;
    }
    return std::nullopt;
}

// The same headline as with a virtual IOMMU; what differs stands in vmkernel.log.
PowerFault reset_failed(const PassthruEntry& entry)
{
    const auto& address = entry.address;
    auto fault =
        config_fault("msg.pciPassthru.createAdapterFailedPlatformNotSupported",
                     fmt::format("Failed to register the device pciPassthru{} for {:03}:{} due to unavailable "
                                 "hardware or software support.",
                                 entry.index, std::stoi(address.substr(5, 2), nullptr, 16), address.substr(8)));
    fault.log = {fmt::format("PCIPassthru: Failed to register device {} error = 0xffffffff", address)};
    fault.kernel = {fmt::format("PCI: 384: Dev @ {} did not complete its pending transactions prior to being reset; "
                                "will apply the reset anyway",
                                address),
                    fmt::format("PCI: 471: Dev @ {} is unresponsive after reset", address)};
    return fault;
}

std::optional<PowerFault> passthru_fault(const Host& host, const Vm& vm, const Vmx& vmx)
{
    const auto entries = passthru_entries(vmx);
    for (const auto& entry : entries)
        if (auto fault = device_fault(host, vm, vmx, entry))
            return fault;
    if (entries.empty())
        return std::nullopt;
    if (snapshot_count(host, vm) > 0)
        return config_fault("msg.pciPassthru.snapshot",
                            "A virtual machine with a PCI DirectPath I/O device cannot be powered on while it has "
                            "snapshots.");
    const auto memory = vmx.number("memSize", 0);
    if (vmx.number("sched.mem.min", 0) != memory)
        return config_fault("msg.memory.reservationNotEqual",
                            fmt::format("Invalid memory setting: memory reservation (sched.mem.min) should be equal "
                                        "to memsize({}).",
                                        memory));
    if (vmx.is_true("vvtd.enable"))
        return config_fault("msg.pciPassthru.createAdapterFailed",
                            fmt::format("Failed to register the device pciPassthru{}", entries.front().index));
    if (host.faults.has("reset-fails"))
        return reset_failed(entries.front());
    return std::nullopt;
}

long long reserved_mb(const Host& host)
{
    long long sum = own_memory_mb;
    for (const auto& vm : host.world.vms)
        if (vm.power == powered_on)
            sum += Vmx{vm.text}.number("sched.mem.min", 0) + 128;
    return sum;
}

PowerFault plain(std::string type, std::string text) { return {std::move(type), {{"", std::move(text)}}, {}, {}}; }

}  // namespace

std::optional<PowerFault> power_on_fault(Host& host, const Vm& vm)
{
    if (vm.invalid || host.world.settings.maintenance)
        return plain("vim.fault.InvalidState", "The operation is not allowed in the current state.");
    if (vm.power == powered_on)
        return plain("vim.fault.InvalidPowerState",
                     "The attempted operation cannot be performed in the current state (Powered on).");
    if (!vm.question.empty())
        return plain("vim.fault.TaskInProgress", "Another task is already in progress.");
    const Vmx vmx{vm.text};
    if (reserved_mb(host) + vmx.number("sched.mem.min", 0) > host_memory_mb)
        return plain("vim.fault.InsufficientMemoryResourcesFault",
                     "The available Memory resources in the parent resource pool are insufficient for the operation.");
    return passthru_fault(host, vm, vmx);
}

}  // namespace gpupass::sim
