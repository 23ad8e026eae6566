#include "hosts/linux/keys.hpp"
#include "hosts/linux/needs.hpp"
#include "hosts/linux/plan.hpp"
#include "hosts/parts.hpp"

#include <fmt/format.h>

#include <algorithm>

// From a sentence ("VM guest has the GPU and runs") to the settings that make it true on Linux.

namespace gpupass::linux_host {

namespace {

/// In the VM's definition, and in the VM when it runs. An element that is there stays as it is.
void want_in(Goal& goal, const HostFacts& facts, const Vm& vm, const PciAddress& device)
{
    const std::string key = hostdev_key(vm.name, device);
    const auto there = facts.settings.find(key);
    if (there != facts.settings.end() || !device_at(vm, device))
        goal.wants.push_back({key, there == facts.settings.end() ? "managed" : there->second.configured.value_or("managed")});
}

void want_removed(Goal& goal, const Vm& vm, const PciAddress& device)
{
    goal.wants.push_back({hostdev_key(vm.name, device), std::nullopt});
}

/// The screen's own programs let go before the driver does. (An undo brings them back; a detach cannot know whether they ran.)
void want_display_released(Goal& goal, const HostFacts& facts)
{
    for (const auto& [key, setting] : facts.settings) {
        if (key.starts_with("service."))
            goal.wants.push_back({key, "inactive"});
        if (key.starts_with("console."))
            goal.wants.push_back({key, "free"});
    }
}

/// The host draws on it now, by a driver of its own.
bool draws_on(const HostFacts& facts, const PciDevice& gpu)
{
    return gpu.driver != vfio_driver && (facts.console_gpu == gpu.address || (gpu.boot_vga && !facts.console_gpu));
}

/// Intel's IOMMU is there and off, and nobody has told the kernel anything of it.
bool needs_iommu_word(const HostFacts& facts, const PciDevice& gpu)
{
    const auto word = facts.settings.find(word_key(iommu_word));
    const bool told = word != facts.settings.end() && word->second.effective == "yes";
    return !gpu.iommu_group && facts.iommu == false && facts.iommu_in_firmware == true && !facts.is_amd && !told;
}

void want_bound(Goal& goal, const PciDevice& device)
{
    goal.wants.push_back({id_key(device.address), to_string(device.id)});
    goal.wants.push_back({override_key(device.address), vfio_driver});
    goal.wants.push_back({driver_key(device.address), vfio_driver});
    goal.wants.push_back({owner_key(to_string(device.address)), "passthrough"});
}

}  // namespace

Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request)
{
    const auto gpu = find_gpu(facts, request.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    const auto vm = find_one_vm(facts, request.vm);
    if (!vm && !facts.vm_manager.empty() && facts.version.contains("-pve"))
        return fail(ErrorKind::unsupported, "this is a Proxmox host, whose own VMs gpupass does not know yet, and libvirt is not there: " + facts.vm_manager,
                    "give the GPU to the VM with Proxmox's own tools (qm set); `gpupass inspect` says what is in the way");
    if (!vm && !facts.vm_manager.empty())
        return fail(ErrorKind::blocked, "libvirt does not answer: " + facts.vm_manager, "start it: systemctl start libvirtd");
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
    if (needs_iommu_word(facts, **gpu))
        goal.wants.push_back({word_key(iommu_word), "yes"});
    const auto devices = with_group(facts, **gpu);
    for (const PciDevice* device : devices)
        want_bound(goal, *device);
    for (const PciDevice* function : functions_of(facts, **gpu)) {
        want_in(goal, facts, **vm, function->address);
        for (const Vm& other : facts.vms)
            if (request.move && other.name != (*vm)->name && device_at(other, function->address))
                want_removed(goal, other, function->address);
    }
    if (draws_on(facts, **gpu))
        want_display_released(goal, facts);
    for (const PciDevice* device : devices)
        if (request.persist)
            goal.wants.push_back({persist_key(device->address), to_string(device->id)});
    goal.wants.push_back({vm_key((*vm)->name, "power"), runs ? "on" : "off"});
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
    const auto devices = with_group(facts, **gpu);
    for (const PciDevice* device : devices) {
        if (device->driver_override == vfio_driver || device->driver == vfio_driver || device->address == request.gpu) {
            goal.wants.push_back({id_key(device->address), to_string(device->id)});
            goal.wants.push_back({override_key(device->address), std::nullopt});
            goal.wants.push_back({owner_key(to_string(device->address)), "host"});
        }
        for (const Vm& vm : facts.vms)
            if (device_at(vm, device->address)) {
                if (auto unique = require_unique_name(facts, vm); !unique)
                    return std::unexpected(unique.error());
                want_removed(goal, vm, device->address);
            }
    }
    for (const PciDevice* device : devices)
        goal.wants.push_back({persist_key(device->address), std::nullopt});
    keep_running(goal, facts.settings);
    return goal;
}

std::vector<const PciDevice*> with_group(const HostFacts& facts, const PciDevice& gpu)
{
    std::vector<const PciDevice*> devices = functions_of(facts, gpu);
    for (const PciDevice* function : std::vector{devices})
        for (const PciAddress& address : function->group)
            if (const PciDevice* peer = find_device(facts, address); peer && !stays(*peer) && std::ranges::find(devices, peer) == devices.end())
                devices.push_back(peer);
    return devices;
}

Goal with_accepted_peers(const HostFacts& facts, Goal goal)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    for (const PciDevice* device : gpu ? with_group(facts, *gpu) : std::vector<const PciDevice*>{}) {
        const bool is_named = std::ranges::any_of(goal.wants, [&](const Want& want) { return want.key == override_key(device->address); });
        if (!is_named && accepts(goal, to_string(device->address)))
            want_bound(goal, *device);
    }
    return goal;
}

}  // namespace gpupass::linux_host
