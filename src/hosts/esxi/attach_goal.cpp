#include "hosts/esxi/plan.hpp"

#include "hosts/esxi/fact_rules.hpp"
#include "hosts/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

// From a sentence ("VM debian has the GPU and runs") to the settings that make it true on ESXi.

namespace gpupass::esxi {

namespace {

constexpr int most_devices_per_vm = 16;  // ESXi 7, hardware version 13 to 19; later ones allow more

/// Only the first VGA controller can be the host's screen, and only while the kernel option is not FALSE.
bool is_console_candidate(const HostFacts& facts, const PciDevice& gpu)
{
    const auto all = gpus(facts);
    const auto first = std::ranges::find(all, 0x0300, &PciDevice::class_code);
    return facts.console_gpu == gpu.address || (first != all.end() && (*first)->address == gpu.address);
}

/// The index a device has in the VM already, else the lowest free one.
std::optional<int> index_for(const Vm& vm, const PciAddress& address, std::set<int>& taken)
{
    if (const VmDevice* device = device_at(vm, address))
        return device->index;
    for (int n = 0; n < most_devices_per_vm; ++n)
        if (taken.insert(n).second)
            return n;
    return std::nullopt;
}

void want_device(Goal& goal, const HostFacts& facts, const Vm& vm, const PciDevice& device, int index)
{
    const auto want = [&](const char* key, std::string value) {
        goal.wants.push_back({vm_key(vm.name, fmt::format("pciPassthru{}.{}", index, key)), std::move(value)});
    };
    want("id", vmx_address(device.address));
    want("deviceId", hex_id(device.id.device));
    want("vendorId", hex_id(device.id.vendor));
    if (!facts.system_id.empty())
        want("systemId", facts.system_id);
    want("present", "TRUE");
}

void want_removed(Goal& goal, const Vm& vm, const VmDevice& device)
{
    goal.wants.push_back({vm_key(vm.name, fmt::format("pciPassthru{}.*", device.index)), std::nullopt});
}

/// Only what a fact demands: a reservation that is too small, a virtual IOMMU that is on.
void want_vm_fit(Goal& goal, const Vm& vm)
{
    const bool reserved = vm.memory_mb && vm.memory_reserved_mb && *vm.memory_reserved_mb >= *vm.memory_mb;
    if (vm.memory_mb && !reserved)
        goal.wants.push_back({vm_key(vm.name, "sched.mem.min"), std::to_string(*vm.memory_mb)});
    if (vm.viommu.value_or(false))
        goal.wants.push_back({vm_key(vm.name, "vvtd.enable"), "FALSE"});
}

/// A host that was not in maintenance mode shall not be in it at the end.
void keep_out_of_maintenance(Goal& goal, const Settings& settings)
{
    const auto found = settings.find(maintenance_key);
    if (found != settings.end() && found->second.effective == "FALSE")
        goal.wants.push_back({maintenance_key, "FALSE"});
}

}  // namespace

Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request)
{
    const auto gpu = find_gpu(facts, request.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    const auto vm = find_one_vm(facts, request.vm);
    if (!vm)
        return std::unexpected(vm.error());
    if (auto unique = require_unique_name(facts, **vm); !unique)
        return std::unexpected(unique.error());

    const bool runs = request.start || (*vm)->power == Power::on;
    Goal goal{.sentence = fmt::format("VM {} has {} and {}", (*vm)->name, to_string(request.gpu), runs ? "runs" : "is off"),
              .device = request.gpu,
              .device_id = (*gpu)->id,
              .vm = (*vm)->name,
              .consents = request.consents};
    std::set<int> taken;
    for (const VmDevice& device : (*vm)->devices)
        taken.insert(device.index);
    for (const PciDevice* function : functions_of(facts, **gpu)) {
        goal.wants.push_back({owner_key(to_string(function->address)), "passthrough"});
        const auto index = index_for(**vm, function->address, taken);
        if (!index)
            return fail(ErrorKind::blocked, fmt::format("VM {} has {} host devices already", (*vm)->name, most_devices_per_vm),
                        "take one of them away first");
        want_device(goal, facts, **vm, *function, *index);
        if (!request.move)
            continue;
        for (const Vm& other : facts.vms)
            if (const VmDevice* held = other.name == (*vm)->name ? nullptr : device_at(other, function->address))
                want_removed(goal, other, *held);
    }
    if (is_console_candidate(facts, **gpu))
        goal.wants.push_back({kernel_key("vga"), "FALSE"});
    want_vm_fit(goal, **vm);
    goal.wants.push_back({vm_key((*vm)->name, "power"), runs ? "on" : "off"});
    keep_out_of_maintenance(goal, facts.settings);
    keep_running(goal, facts.settings);
    return goal;
}

Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request)
{
    const auto gpu = find_gpu(facts, request.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    Goal goal{.sentence = fmt::format("{} belongs to the host", to_string(request.gpu)),
              .device = request.gpu,
              .consents = request.consents};
    for (const PciDevice* function : functions_of(facts, **gpu)) {
        goal.wants.push_back({owner_key(to_string(function->address)), "host"});
        for (const Vm& vm : facts.vms) {
            const VmDevice* held = device_at(vm, function->address);
            if (!held)
                continue;
            if (auto unique = require_unique_name(facts, vm); !unique)
                return std::unexpected(unique.error());
            want_removed(goal, vm, *held);
        }
    }
    if (is_console_candidate(facts, **gpu))
        goal.wants.push_back({kernel_key("vga"), "TRUE"});
    keep_out_of_maintenance(goal, facts.settings);
    keep_running(goal, facts.settings);
    return goal;
}

}  // namespace gpupass::esxi
