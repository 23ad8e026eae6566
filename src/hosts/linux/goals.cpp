#include "hosts/linux/keys.hpp"
#include "hosts/linux/needs.hpp"
#include "hosts/linux/plan.hpp"
#include "hosts/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

// From a sentence ("VM guest has the GPU and runs") to the settings that make it true on Linux.

namespace gpupass::linux_host {

namespace {

constexpr std::string_view rules_head = "# Written by gpupass (attach --persist); `gpupass detach` or `gpupass undo` takes it away.\n"
                                        "# These functions go to vfio-pci at every boot, before a driver of the host can have them.\n";

/// Whatever shares the GPU's IOMMU group changes hands with it, or the VM does not start; bridges stay as they are.
std::vector<const PciDevice*> with_group(const HostFacts& facts, const PciDevice& gpu)
{
    std::vector<const PciDevice*> devices = functions_of(facts, gpu);
    for (const PciDevice* function : std::vector{devices})
        for (const PciAddress& address : function->group)
            if (const PciDevice* peer = find_device(facts, address); peer && !stays(*peer) && std::ranges::find(devices, peer) == devices.end())
                devices.push_back(peer);
    return devices;
}

void want_removed(Goal& goal, const Vm& vm, const PciAddress& device)
{
    goal.wants.push_back({hostdev_key(vm.name, device), std::nullopt});
}

/// The screen's own programs let go before the driver does, and come back after it.
void want_display(Goal& goal, const HostFacts& facts, bool released)
{
    for (const auto& [key, setting] : facts.settings) {
        if (key.starts_with("service."))
            goal.wants.push_back({key, released ? "inactive" : "active"});
        if (key.starts_with("console."))
            goal.wants.push_back({key, released ? std::nullopt : std::optional<std::string>{"bound"}});
    }
}

bool draws_on(const HostFacts& facts, const PciDevice& gpu)
{
    return facts.console_gpu == gpu.address || gpu.boot_vga;
}

/// Intel's IOMMU is there and off, and nobody has told the kernel to use it.
bool needs_iommu_word(const HostFacts& facts, const PciDevice& gpu)
{
    const auto word = facts.settings.find(word_key(iommu_word));
    const bool told = word != facts.settings.end() && word->second.effective == "yes";
    return !gpu.iommu_group && facts.iommu == false && facts.iommu_in_firmware == true && !facts.is_amd && !told;
}

std::string rules_now(const HostFacts& facts)
{
    const auto found = facts.settings.find(file_key(rules_path));
    return found == facts.settings.end() ? "" : found->second.configured.value_or("");
}

void want_rules(Goal& goal, const HostFacts& facts, std::string text)
{
    if (text != rules_now(facts))
        goal.wants.push_back({file_key(rules_path), text.empty() ? std::nullopt : std::optional{std::move(text)}});
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
    for (const PciDevice* device : devices) {
        goal.wants.push_back({override_key(device->address), vfio_driver});
        goal.wants.push_back({driver_key(device->address), vfio_driver});
        goal.wants.push_back({owner_key(to_string(device->address)), "passthrough"});
    }
    for (const PciDevice* function : functions_of(facts, **gpu)) {
        if (!device_at(**vm, function->address))
            goal.wants.push_back({hostdev_key((*vm)->name, function->address), "managed"});
        for (const Vm& other : facts.vms)
            if (request.move && other.name != (*vm)->name && device_at(other, function->address))
                want_removed(goal, other, function->address);
    }
    if (draws_on(facts, **gpu))
        want_display(goal, facts, true);
    if (request.persist)
        want_rules(goal, facts, udev_rules(rules_now(facts), devices, true));
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
    want_rules(goal, facts, udev_rules(rules_now(facts), devices, false));
    if (draws_on(facts, **gpu))
        want_display(goal, facts, false);
    keep_running(goal, facts.settings);
    return goal;
}

std::string udev_rules(const std::string& before, const std::vector<const PciDevice*>& devices, bool wanted)
{
    std::string rules;
    std::istringstream lines{before};
    const auto is_theirs = [&](const std::string& line) {
        return std::ranges::any_of(devices, [&](const PciDevice* device) { return line.contains("KERNEL==\"" + to_string(device->address) + "\""); });
    };
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with('#') && !is_theirs(line))
            rules += line + "\n";
    for (const PciDevice* device : devices)
        if (wanted)
            rules += fmt::format("ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"{}\", ATTR{{vendor}}==\"0x{:04x}\", ATTR{{device}}==\"0x{:04x}\", "
                                 "ATTR{{driver_override}}=\"vfio-pci\", RUN{{builtin}}+=\"kmod load vfio-pci\"\n",
                                 to_string(device->address), device->id.vendor, device->id.device);
    return rules.empty() ? "" : std::string{rules_head} + rules;
}

}  // namespace gpupass::linux_host
