#include "rules/checks.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace gpupass {
namespace {

using Tri = std::optional<bool>;

/// True when it is true of one; false when it is false of each and there is one; else unknown.
template <class Range, class Predicate>
Tri any_of(const Range& range, Predicate predicate)
{
    bool unknown = std::ranges::empty(range);
    for (const auto& item : range) {
        const Tri one = predicate(item);
        if (one == true)
            return true;
        unknown |= !one;
    }
    return unknown ? std::nullopt : Tri{false};
}

/// The VM that the fields name, else every VM that has a device of the host.
std::vector<Vm> suspects(const HostFacts& facts, const Fields& fields)
{
    const auto named = std::ranges::find(fields, "vm", &Fields::value_type::first);
    std::vector<Vm> vms;
    for (const Vm& vm : facts.vms)
        if (named != fields.end() ? vm.name == named->second : !vm.devices.empty())
            vms.push_back(vm);
    return vms;
}

template <class Predicate>
Tri any_device(const HostFacts& facts, const Fields& fields, Predicate predicate)
{
    return any_of(suspects(facts, fields), [&](const Vm& vm) {
        return any_of(vm.devices, [&](const VmDevice& device) { return predicate(vm, device); });
    });
}

Tri viommu_on(const HostFacts& facts, const Fields& fields)
{
    return any_of(suspects(facts, fields), [](const Vm& vm) { return vm.viommu; });
}

Tri nested_hv_on(const HostFacts& facts, const Fields& fields)
{
    return any_of(suspects(facts, fields), [](const Vm& vm) { return vm.nested_hv; });
}

Tri memory_not_reserved(const HostFacts& facts, const Fields& fields)
{
    return any_of(suspects(facts, fields), [](const Vm& vm) -> Tri {
        if (!vm.memory_mb || !vm.memory_reserved_mb)
            return std::nullopt;
        return *vm.memory_reserved_mb < *vm.memory_mb;
    });
}

Tri memory_too_small(const HostFacts& facts, const Fields& fields)
{
    return any_of(suspects(facts, fields), [&](const Vm& vm) -> Tri {
        if (!vm.memory_mb || !facts.memory_reservable_mb)
            return std::nullopt;
        return *vm.memory_mb > *facts.memory_reservable_mb;
    });
}

Tri has_snapshot(const HostFacts& facts, const Fields& fields)
{
    return any_of(suspects(facts, fields),
                  [](const Vm& vm) -> Tri { return vm.snapshots ? Tri{*vm.snapshots > 0} : std::nullopt; });
}

/// A hexadecimal bus number in a decimal place is no address, or one where the host has nothing.
Tri hex_id(const HostFacts& facts, const Fields& fields)
{
    return any_device(facts, fields, [&](const Vm&, const VmDevice& device) -> Tri {
        return !device.address || !find_device(facts, *device.address);
    });
}

Tri foreign_system_id(const HostFacts& facts, const Fields& fields)
{
    return any_device(facts, fields, [&](const Vm&, const VmDevice& device) -> Tri {
        if (facts.system_id.empty() || device.system_id.empty())
            return std::nullopt;
        return device.system_id != facts.system_id && device.system_id != "BYPASS";
    });
}

/// Another system, or another device at that address: one text of ESXi for both.
Tri foreign_device(const HostFacts& facts, const Fields& fields)
{
    const Tri system = foreign_system_id(facts, fields);
    if (system == true)
        return system;
    return any_device(facts, fields, [&](const Vm&, const VmDevice& device) -> Tri {
        const PciDevice* found = device.address ? find_device(facts, *device.address) : nullptr;
        if (!found || !device.id)
            return std::nullopt;
        return found->id != *device.id;
    });
}

Tri device_not_active(const HostFacts& facts, const Fields& fields)
{
    return any_device(facts, fields, [&](const Vm&, const VmDevice& device) -> Tri {
        const PciDevice* found = device.address ? find_device(facts, *device.address) : nullptr;
        if (!found || found->current_owner.empty())
            return std::nullopt;
        return found->current_owner != "passthrough";
    });
}

bool runs_with(const Vm& vm, const std::optional<PciAddress>& address)
{
    return vm.power == Power::on && std::ranges::find(vm.devices, address, &VmDevice::address) != vm.devices.end();
}

Tri device_in_two_vms(const HostFacts& facts, const Fields& fields)
{
    return any_device(facts, fields, [&](const Vm& vm, const VmDevice& device) -> Tri {
        if (!device.address)
            return std::nullopt;
        return std::ranges::any_of(
            facts.vms, [&](const Vm& other) { return other.id != vm.id && runs_with(other, device.address); });
    });
}

bool effective_is(const HostFacts& facts, std::string_view key, std::string_view value)
{
    const auto found = facts.settings.find(key);
    return found != facts.settings.end() && found->second.effective == value;
}

Tri console_holds_gpu(const HostFacts& facts, const Fields&)
{
    const auto waiting = [](const PciDevice* gpu) { return state_of(*gpu) == PassthroughState::pending; };
    const auto displays = gpus(facts);
    if (displays.empty())
        return std::nullopt;
    if (std::ranges::none_of(displays, waiting))
        return false;
    return facts.console_gpu.has_value() || effective_is(facts, kernel_key("vga"), "TRUE");
}

Tri console_released(const HostFacts& facts, const Fields&)
{
    if (!facts.settings.contains(kernel_key("vga")))
        return std::nullopt;
    return effective_is(facts, kernel_key("vga"), "FALSE");
}

Tri reboot_pending(const HostFacts& facts, const Fields&)
{
    const auto waits = [](const auto& setting) {
        return setting.first.starts_with("kernel.") && setting.second.configured && setting.second.effective &&
            setting.second.configured != setting.second.effective;
    };
    if (std::ranges::any_of(facts.settings, waits))
        return true;
    return std::ranges::any_of(gpus(facts),
                               [](const PciDevice* gpu) { return state_of(*gpu) == PassthroughState::pending; });
}

Tri gpu_not_capable(const HostFacts& facts, const Fields&)
{
    return any_of(gpus(facts), [](const PciDevice* gpu) -> Tri {
        return gpu->passthrough_capable ? Tri{!*gpu->passthrough_capable} : std::nullopt;
    });
}

Tri boot_volume_lost(const HostFacts& facts, const Fields&)
{
    return facts.way_back.boot_volume_on_disk ? Tri{!*facts.way_back.boot_volume_on_disk} : std::nullopt;
}

constexpr std::pair<std::string_view, Check> checks[] = {
    {"viommu-on", viommu_on},
    {"nested-hv-on", nested_hv_on},
    {"memory-not-reserved", memory_not_reserved},
    {"memory-too-small", memory_too_small},
    {"has-snapshot", has_snapshot},
    {"hex-id", hex_id},
    {"foreign-system-id", foreign_device},
    {"device-not-active", device_not_active},
    {"device-in-two-vms", device_in_two_vms},
    {"console-holds-gpu", console_holds_gpu},
    {"console-released", console_released},
    {"reboot-pending", reboot_pending},
    {"gpu-not-capable", gpu_not_capable},
    {"boot-volume-lost", boot_volume_lost},
};

}  // namespace

Check find_check(std::string_view name)
{
    const auto found = std::ranges::find(checks, name, [](const auto& check) { return check.first; });
    return found == std::end(checks) ? nullptr : found->second;
}

}  // namespace gpupass
