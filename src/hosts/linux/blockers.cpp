#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/kernel_words.hpp"
#include "hosts/linux/libvirt/igd.hpp"
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

/// The host's own screen is on what goes away.
bool goes_dark(const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    const bool is_released = std::ranges::any_of(needs.services, [](const Want& want) { return want.value == "inactive"; }) ||
                             std::ranges::any_of(needs.consoles, [](const Want& want) { return want.value == "free"; });
    return gpu && gpu->driver != vfio_driver && !needs.drivers.empty() && (is_released || gpu->boot_vga || facts.console_gpu == gpu->address);
}

/// Every function that a goal names is the one it was made for, in every direction: after a change of cards another may be there.
void check_identity(Blockers& out, const HostFacts& facts, const Needs& needs)
{
    for (const Want& want : needs.strangers) {
        const auto address = *address_in(want.key, "id");
        const PciDevice* device = find_device(facts, address);
        out.push_back({"device-address-moved",
                       fmt::format("{} is {} and not {}", to_string(address), device ? to_string(device->id) : "empty", want.value.value_or("what it was")),
                       "put the cards back where they were, or go back by hand: gpupass undo --print"});
    }
}

/// The last word: whatever the goal, the host keeps what it needs to live.
void check_vital(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    const auto told = gpu ? with_group(facts, *gpu) : std::vector<const PciDevice*>{};  // as neighbours
    for (const PciDevice* device : moved(facts, needs))
        if (!device->vital.empty() && std::ranges::find(told, device) == told.end())
            out.push_back({"vital-device", fmt::format("{} would change hands, and the host needs it: {}", described(*device), device->vital), "leave it with the host"});
}

/// Who did not answer may be in the GPU's group, and nobody knows.
void check_silent(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    if (!gives_away(goal))
        return;
    for (const PciDevice& device : facts.pci)
        if (!device.answered && !accepts(goal, to_string(device.address)))
            out.push_back({"device-silent", to_string(device.address) + " did not answer: whether it shares the GPU's IOMMU group is not known",
                           fmt::format("try again; if it is known to be dead: --accept {}", to_string(device.address))});
}

/// One function of the group, each with its own reason.
void check_member(Blockers& out, const Goal& goal, const PciDevice& peer, bool is_companion)
{
    if (!peer.vital.empty())
        out.push_back({"vital-neighbour",
                       fmt::format("{} shares IOMMU group {} with the GPU and would have to go along, but the host needs it: {}", described(peer), peer.iommu_group.value_or(-1), peer.vital),
                       "move the GPU to a slot behind another root port, or turn ACS on in the firmware setup"});
    else if (!is_companion && peer.driver != vfio_driver && !accepts(goal, to_string(peer.address)))
        out.push_back({"group-not-viable",
                       fmt::format("{} shares IOMMU group {} with the GPU and must go along, or the VM does not start", described(peer), peer.iommu_group.value_or(-1)),
                       fmt::format("if the host can do without it: --accept {}", to_string(peer.address))});
}

std::vector<std::string> vms_with_functions_of(const HostFacts& facts, const PciDevice& gpu)
{
    std::vector<std::string> names;
    for (const Vm& vm : facts.vms)
        if (std::ranges::any_of(facts.pci, [&](const PciDevice& d) { return d.physical_function == gpu.address && device_at(vm, d.address); }))
            names.push_back(vm.name);
    return names;
}

void check_group(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    if (!gpu)
        return;
    if (!gpu->is_display() && !accepts(goal, to_string(gpu->address)))
        out.push_back({"not-a-gpu", fmt::format("{} is no display controller (class 0x{:04x})", to_string(gpu->address), gpu->class_code),
                       "name a GPU; or, if you mean this device: --accept " + to_string(gpu->address)});
    if (gpu->virtual_functions.value_or(0) > 0) {
        const auto users = vms_with_functions_of(facts, *gpu);
        out.push_back({"has-virtual-functions", fmt::format("{} has {} virtual functions, and all of them vanish with it{}", to_string(gpu->address), *gpu->virtual_functions,
                                                            users.empty() ? "" : fmt::format("; VMs have some: {}", fmt::join(users, ", "))),
                       fmt::format("pass one of its functions; or {}take them away first: echo 0 > /sys/bus/pci/devices/{}/sriov_numvfs",
                                   users.empty() ? "" : "take them out of these VMs, then ", to_string(gpu->address))});
    }
    const auto card = functions_of(facts, *gpu);
    for (const PciDevice* peer : with_group(facts, *gpu))
        if (peer != gpu)
            check_member(out, goal, *peer, std::ranges::find(card, peer) != card.end());
}

/// The plan turns the IOMMU on where a word for the kernel does; everything else is for a person to do.
void check_iommu_words(Blockers& out, const HostFacts& facts, const Needs& needs)
{
    const auto words = boot::parse_cmdline(facts.kernel_line ? facts.kernel_line->running : "");
    if (!needs.words.empty() && words && boot::read_iommu_words(*words).all_off)
        out.push_back({"iommu-forbidden", "the kernel was told to use no IOMMU at all (iommu=off), and no other word changes that", "take iommu=off out of the kernel's command line, and reboot"});
}

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

/// The plan stops a VM that has the function: then its QEMU lets go of it.
bool is_freed_by_a_stop(const HostFacts& facts, const Needs& needs, const PciDevice& device)
{
    return std::ranges::any_of(facts.vms, [&](const Vm& vm) { return device_at(vm, device.address) && is_in(needs.power.to_stop, vm.name); });
}

/// Programs that use the card, and machines that have it by VFIO without libvirt's knowing. A display manager that the plan stops
/// ends its own. (Who has only the sound open lets go when the card goes.)
void check_clients(Blockers& out, const HostFacts& facts, const Needs& needs)
{
    for (const PciDevice* device : moved(facts, needs)) {
        const auto& holders = needs.services.empty() ? device->holders : device->lasting_holders;
        const bool is_lent = device->driver == vfio_driver;
        if (holders.empty() || (!is_lent && !device->is_display()) || (is_lent && is_freed_by_a_stop(facts, needs, *device)))
            continue;
        out.push_back({"gpu-in-use", fmt::format("{} is open in {}", to_string(device->address), fmt::join(holders, ", ")),
                       is_lent ? "shut that machine down first" : "stop these programs first"});
    }
}

/// VMs that cannot be stopped, started or changed like others.
void check_vm_states(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    for (const Vm& vm : facts.vms) {
        const bool is_edited = std::ranges::any_of(needs.edits, [&](const VmEdit& edit) { return edit.vm == vm.name; });
        const bool is_stopped = is_in(needs.power.to_stop, vm.name);
        const bool is_started = is_in(needs.power.to_start, vm.name);
        const bool is_concerned = is_edited || is_stopped || is_started || std::ranges::any_of(moved(facts, needs), [&](const PciDevice* d) { return device_at(vm, d->address) != nullptr; });
        const bool gains = std::ranges::any_of(needs.edits, [&](const VmEdit& edit) { return edit.vm == vm.name && !edit.add.empty(); });
        if (gains && !vm.lock_trouble.empty())
            out.push_back({"hard-limit-too-low", "VM " + vm.name + ": " + vm.lock_trouble, vm.lock_fix});
        if (vm.transient && (is_edited || is_stopped))
            out.push_back({"vm-transient", "VM " + vm.name + " has no definition that stays: it would be gone with its stop", "define it (virsh define), or shut it down yourself"});
        if (vm.paused && is_stopped && !is_in(goal.consents.power_off, vm.name))
            out.push_back({"vm-paused", "VM " + vm.name + " is paused, and cannot be asked to shut down", "let it go on: virsh resume " + vm.id + "; or cut it off: --power-off " + vm.name});
        if (vm.saved && (is_edited || is_started))
            out.push_back({"vm-has-saved-state", "VM " + vm.name + " is off with its memory saved: it would go on from there, with the devices of then",
                           "start it and shut it down; or give up what is saved: virsh managedsave-remove " + vm.id});
        if ((vm.power == Power::suspended || vm.power == Power::unknown) && (is_concerned || !needs.words.empty()))
            out.push_back({"vm-suspended", "VM " + vm.name + " is neither off nor running", "wake it (virsh dompmwakeup " + vm.id + "), or shut it down"});
    }
}

bool names_a_vm(const Goal& goal)
{
    return std::ranges::any_of(goal.wants, [](const Want& want) { return split_vm_key(want.key).has_value(); });
}

/// That libvirt does not answer does not mean that there are no VMs: one may run with the very card, or be cut off by a reboot.
void check_libvirt(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const auto devices = moved(facts, needs);
    const bool from_vfio = std::ranges::any_of(devices, [](const PciDevice* device) { return device->driver == vfio_driver; });
    if (!facts.vm_manager.empty() && (names_a_vm(goal) || !needs.words.empty() || from_vfio))
        out.push_back({"libvirt-not-there", "libvirt does not answer, so which VMs there are is not known: " + facts.vm_manager, "start it (systemctl start libvirtd), or see what it says: virsh list --all"});
}

/// The desktop's end would end gpupass in the middle.
void check_session(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const bool ends = std::ranges::any_of(needs.services, [](const Want& want) { return want.value == "inactive"; });
    if (ends && facts.inside_desktop && !accepts(goal, "runs-in-the-desktop"))
        out.push_back({"runs-in-the-desktop", "the plan stops the desktop, and gpupass runs inside of it: it would be ended in the middle",
                       "run it over SSH or on a text console (Ctrl-Alt-F3), or apart from the session: systemd-run --pty gpupass ..."});
}

/// Rule: the way back is proven before one is lost.
void check_way_back(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    if (goes_dark(facts, goal, needs) && !facts.way_back.ssh_starts_with_host.value_or(false) && !accepts(goal, "no-ssh-proof"))
        out.push_back({"no-ssh-proof", "the host's own screen goes dark, and neither an SSH server nor a login on a serial console is there to get back in",
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
    check_identity(out, facts, needs);
    check_vital(out, facts, goal, needs);
    check_silent(out, facts, goal);
    check_iommu(out, facts, goal, needs);
    check_iommu_words(out, facts, needs);
    check_words(out, facts, needs);
    check_group(out, facts, goal);
    check_other_holders(out, facts, goal);
    check_clients(out, facts, needs);
    check_session(out, facts, goal, needs);
    check_way_back(out, facts, goal, needs);
    check_libvirt(out, facts, goal, needs);
    check_vm_states(out, facts, goal, needs);
    check_vm_missing(out, facts, needs);
    return out;
}

std::vector<Blocker> blockers_of_an_end(const HostFacts& facts, const Goal& goal)
{
    Blockers out;
    check_libvirt(out, facts, goal, {});
    return out;
}

std::vector<Warning> warnings_of(const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    std::vector<Warning> out;
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    const auto vm = std::ranges::find(facts.vms, goal.vm, &Vm::name);
    if (gpu && vm != facts.vms.end())
        out = known_bad(facts, *gpu, *vm);
    if (gpu && vm != facts.vms.end() && is_igpu(gpu->address, gpu->id))
        out.insert(out.end(), vm->igpu_notes.begin(), vm->igpu_notes.end());
    if (gpu && goes_dark(facts, goal, needs))
        out.push_back({"console-goes-dark", "the host's own screen goes dark with this GPU; SSH remains, and `gpupass undo` brings it back",
                       "https://docs.kernel.org/driver-api/vfio.html"});
    if (gpu && facts.interrupt_remapping == false && !needs.drivers.empty())
        out.push_back({"no-interrupt-remapping", "interrupts are not remapped on this host, as /proc/interrupts names them: VFIO then refuses to start the VM, unless it is told to allow unsafe interrupts. "
                                                 "Look for interrupt remapping (or x2APIC opt-out) in the firmware setup",
                       "https://docs.kernel.org/driver-api/vfio.html"});
    const auto words = boot::parse_cmdline(facts.kernel_line ? facts.kernel_line->running : "");
    if (!needs.words.empty() && words && boot::read_iommu_words(*words).intel == boot::Switch::off)
        out.push_back({"iommu-was-turned-off", "somebody told the kernel intel_iommu=off; the word that this plan adds comes behind it and counts",
                       "https://docs.kernel.org/admin-guide/kernel-parameters.html"});
    for (const auto& [key, setting] : facts.settings)
        if (!gives_away(goal) && goal.device && key.starts_with("service.") && setting.effective == "inactive" && needs.services.empty() && !needs.drivers.empty())
            out.push_back({"display-stays-off", *behind(key, "service.") + " does not run, and this does not start it: `gpupass undo` does, where an attach stopped it", ""});
    if (gpu && gpu->can_reset == false && !needs.drivers.empty())
        out.push_back({"no-reset", fmt::format("the kernel knows no way to reset {}: after the VM it may need a reboot of the host before a driver comes up on it", to_string(gpu->address)),
                       "https://docs.kernel.org/PCI/sysfs-pci.html"});
    return out;
}

}  // namespace gpupass::linux_host
