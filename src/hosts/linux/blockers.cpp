#include "hosts/linux/kernel_words.hpp"
#include "hosts/linux/keys.hpp"
#include "hosts/linux/needs.hpp"

#include "knowledge/combinations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

// What forbids a plan, and what a person should know before it. Every blocker says what is so and what to do.

namespace gpupass::linux_host {

namespace {

using Blockers = std::vector<Blocker>;

std::string described(const PciDevice& device)
{
    const std::string name = device.device_name.empty() ? to_string(device.id) : device.device_name;
    return fmt::format("{} ({}, {})", to_string(device.address), name, device.driver.empty() ? "no driver" : "driver " + device.driver);
}

/// Functions whose driver the plan changes.
std::vector<const PciDevice*> moved(const HostFacts& facts, const Needs& needs)
{
    std::vector<const PciDevice*> devices;
    for (const PciDevice& device : facts.pci)
        if (std::ranges::any_of(needs.drivers, [&](const Want& want) { return want.key == override_key(device.address); }))
            devices.push_back(&device);
    return devices;
}

void check_identity(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    if (!gives_away(goal) || !goal.device_id)
        return;
    const PciDevice* device = find_device(facts, *goal.device);
    if (!device || device->id != *goal.device_id)
        out.push_back({"device-address-moved",
                       fmt::format("{} is {} and not {}", to_string(*goal.device), device ? to_string(device->id) : "empty", to_string(*goal.device_id)),
                       "undo this run (`gpupass undo`), then attach the GPU at its new address"});
}

/// One function of the group, each with its own reason.
void check_member(Blockers& out, const Goal& goal, const PciDevice& gpu, const PciDevice& peer, bool is_companion)
{
    if (!peer.vital.empty())
        out.push_back({"vital-neighbour",
                       fmt::format("{} shares IOMMU group {} with the GPU and would have to go along, but the host needs it: {}", described(peer), gpu.iommu_group.value_or(-1), peer.vital),
                       "move the GPU to a slot behind another root port, or turn ACS on in the firmware setup"});
    else if (!is_companion && peer.driver != vfio_driver && !accepts(goal, to_string(peer.address)))
        out.push_back({"group-not-viable",
                       fmt::format("{} shares IOMMU group {} with the GPU and must go along, or the VM does not start", described(peer), gpu.iommu_group.value_or(-1)),
                       fmt::format("if the host can do without it: --accept {}", to_string(peer.address))});
}

void check_group(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    if (!gpu)
        return;
    if (!gpu->is_display() && !accepts(goal, to_string(gpu->address)))
        out.push_back({"not-a-gpu", fmt::format("{} is no display controller (class 0x{:04x})", to_string(gpu->address), gpu->class_code),
                       "name a GPU; or, if you mean this device: --accept " + to_string(gpu->address)});
    if (gpu->virtual_functions.value_or(0) > 0)
        out.push_back({"has-virtual-functions", fmt::format("{} has {} virtual functions, and all of them vanish with it", to_string(gpu->address), *gpu->virtual_functions),
                       "pass one of its functions, or take them away first: echo 0 > /sys/bus/pci/devices/" + to_string(gpu->address) + "/sriov_numvfs"});
    const auto card = functions_of(facts, *gpu);
    for (const PciAddress& address : gpu->group)
        if (const PciDevice* peer = find_device(facts, address); peer && !stays(*peer))
            check_member(out, goal, *gpu, *peer, std::ranges::find(card, peer) != card.end());
}

/// The plan turns the IOMMU on where a word for the kernel does; everything else is for a person to do.
void check_iommu(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    if (!gpu || gpu->iommu_group || !needs.words.empty())
        return;
    const bool amd = facts.is_amd;
    if (facts.iommu.value_or(false))
        out.push_back({"no-iommu-group", fmt::format("the IOMMU is on, and {} is behind none", to_string(gpu->address)),
                       amd ? "look for its reason in the kernel's log: dmesg | grep -i AMD-Vi" : "take igfx_off out of intel_iommu= on the kernel command line, if it is there"});
    else if (!facts.iommu_in_firmware.value_or(false))
        out.push_back({"iommu-off-in-firmware", "the firmware offers no IOMMU (no DMAR or IVRS table)",
                       "turn on VT-d (Intel) or AMD-Vi / IOMMU (AMD) in the firmware setup"});
    else if (amd)
        out.push_back({"iommu-off-in-kernel", "the firmware offers an IOMMU (IVRS), and the kernel does not use it, which it does unless told not to",
                       "take amd_iommu=off or iommu=off out of the kernel command line, and reboot"});
    else
        out.push_back({"iommu-off-in-kernel", "the firmware offers an IOMMU (DMAR), and the kernel does not use it",
                       "look for the reason in the kernel's log: dmesg | grep -i -e DMAR -e IOMMU"});
}

void check_words(Blockers& out, const HostFacts& facts, const Needs& needs)
{
    for (const Want& want : needs.words) {
        if (is_configured(facts.settings, want))
            continue;
        const std::string word = *behind(want.key, "cmdline.");
        const auto change = facts.kernel_line ? change_kernel_word(*facts.kernel_line, word, want.value == "yes") : fail(ErrorKind::blocked, "it could not be read");
        if (!change || !facts.kernel_line->configured)
            out.push_back({"kernel-line-unclear", fmt::format("{} has to be {} the kernel's command line, and gpupass does not know how: {}", word, want.value == "yes" ? "added to" : "taken out of",
                                                              change ? "its configuration was not understood" : change.error().what),
                           "do it by hand as your distribution tells, and reboot; then run this again"});
    }
}

void check_other_holders(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    if (!gpu)
        return;
    for (const PciDevice* function : functions_of(facts, *gpu))
        for (const Vm& vm : facts.vms) {
            const bool moves = std::ranges::find(goal.wants, Want{hostdev_key(vm.name, function->address), std::nullopt}) != goal.wants.end();
            if (vm.name != goal.vm && device_at(vm, function->address) && !moves)
                out.push_back({"gpu-held-by-vm",
                               fmt::format("VM {} has {} in its configuration ({})", vm.name, to_string(function->address), vm.power == Power::on ? "it runs" : "it is off"),
                               "take it from there with --move, or first: gpupass detach " + to_string(*goal.device)});
        }
}

/// Programs that draw on the card; a display manager that the plan stops ends its own.
void check_clients(Blockers& out, const HostFacts& facts, const Needs& needs)
{
    for (const PciDevice* device : moved(facts, needs)) {
        if (device->driver == vfio_driver || device->holders.empty() || !needs.services.empty())
            continue;
        out.push_back({"gpu-in-use", fmt::format("{} is open in {}", to_string(device->address), fmt::join(device->holders, ", ")),
                       "stop these programs first"});
    }
}

void check_libvirt(Blockers& out, const HostFacts& facts, const Needs& needs)
{
    const bool touches_vms = !needs.edits.empty() || !needs.power.to_start.empty() || !needs.power.to_stop.empty();
    if (touches_vms && !facts.vm_manager.empty())
        out.push_back({"libvirt-not-there", "libvirt does not answer: " + facts.vm_manager, "start it: systemctl start libvirtd"});
}

/// Rule: the way back is proven before one is lost.
void check_way_back(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const bool dark = gives_away(goal) && facts.console_gpu == goal.device && !needs.drivers.empty();
    if (dark && !facts.way_back.ssh_starts_with_host.value_or(false) && !accepts(goal, "no-ssh-proof"))
        out.push_back({"no-ssh-proof", "the host's own screen goes dark, and neither an SSH server nor a serial console is there to get back in",
                       "start one (systemctl enable --now ssh); or, if there is another way in: --accept no-ssh-proof"});
}

void check_rights(Blockers& out, const HostFacts& facts)
{
    if (facts.is_administrator == false)
        out.push_back({"not-root", "only root may change drivers and VMs, and gpupass runs as somebody else there", "run it with sudo, or log in as root"});
}

void check_vm_missing(Blockers& out, const HostFacts& facts, const Needs& needs)
{
    for (const VmEdit& edit : needs.edits)
        if (!std::ranges::any_of(facts.vms, [&](const Vm& vm) { return vm.name == edit.vm; }))
            out.push_back({"vm-missing", "VM " + edit.vm + " is not on this host any more", "define it again, or undo without it by hand"});
    for (const VmEdit& edit : needs.edits)
        for (const Vm& vm : facts.vms)
            if (vm.name == edit.vm && !vm.unreadable.empty())
                out.push_back({"vm-unreadable", "VM " + vm.name + " has a definition that could not be read: " + vm.unreadable, "look at it: virsh dumpxml " + vm.id});
}

}  // namespace

bool stays(const PciDevice& device)
{
    return device.driver.empty() || (device.class_code == 0x0604 && device.driver == "pcieport");
}

std::vector<Blocker> blockers_of(const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    Blockers out;
    check_rights(out, facts);
    check_identity(out, facts, goal);
    check_iommu(out, facts, goal, needs);
    check_words(out, facts, needs);
    check_group(out, facts, goal);
    check_other_holders(out, facts, goal);
    check_clients(out, facts, needs);
    check_way_back(out, facts, goal, needs);
    check_libvirt(out, facts, needs);
    check_vm_missing(out, facts, needs);
    return out;
}

std::vector<Warning> warnings_of(const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    std::vector<Warning> out;
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    const auto vm = std::ranges::find(facts.vms, goal.vm, &Vm::name);
    if (gpu && vm != facts.vms.end())
        out = known_bad(facts, *gpu, *vm);
    if (gpu && facts.console_gpu == gpu->address && !needs.drivers.empty())
        out.push_back({"console-goes-dark", "the host's own screen goes dark with this GPU; SSH remains, and `gpupass undo` brings it back",
                       "https://docs.kernel.org/driver-api/vfio.html"});
    if (gpu && facts.interrupt_remapping == false && !needs.drivers.empty())
        out.push_back({"no-interrupt-remapping", "interrupts are not remapped on this host, as /proc/interrupts names them: VFIO then refuses to start the VM, unless it is told to allow unsafe interrupts. "
                                                 "Look for interrupt remapping (or x2APIC opt-out) in the firmware setup",
                       "https://docs.kernel.org/driver-api/vfio.html"});
    if (gpu && gpu->can_reset == false && !needs.drivers.empty())
        out.push_back({"no-reset", fmt::format("the kernel knows no way to reset {}: after the VM it may need a reboot of the host before a driver comes up on it", to_string(gpu->address)),
                       "https://docs.kernel.org/PCI/sysfs-pci.html"});
    return out;
}

}  // namespace gpupass::linux_host
