#include "hosts/esxi/blockers.hpp"

#include "hosts/parts.hpp"
#include "knowledge/combinations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace gpupass::esxi {

namespace {

using Blockers = std::vector<Blocker>;

const Vm* vm_named(const HostFacts& facts, const std::string& name)
{
    const auto found = std::ranges::find(facts.vms, name, &Vm::name);
    return found == facts.vms.end() ? nullptr : &*found;
}

bool gives_away(const Goal& goal)
{
    return goal.device && std::ranges::find(goal.wants, Want{owner_key(to_string(*goal.device)), "passthrough"}) != goal.wants.end();
}

bool goes_along(const Goal& goal, const PciAddress& address)
{
    return std::ranges::find(goal.wants, owner_key(to_string(address)), &Want::key) != goal.wants.end();
}

std::string where_is(const HostFacts& facts, const PciId& id)
{
    for (const PciDevice& device : facts.pci)
        if (device.id == id)
            return fmt::format("; {} stands at {} now", to_string(id), to_string(device.address));
    return fmt::format("; no {} is left on this host", to_string(id));
}

/// ESXi remembers passthrough by address. Another device may stand there after hardware moved: never act on it.
void check_identity(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    if (!gives_away(goal) || !goal.device_id)
        return;
    const PciDevice* device = find_device(facts, *goal.device);
    if (device && device->id == *goal.device_id)
        return;
    out.push_back({"device-address-moved",
                   fmt::format("{} is {} and not {}{}", to_string(*goal.device), device ? to_string(device->id) : "empty",
                               to_string(*goal.device_id), where_is(facts, *goal.device_id)),
                   "undo this run (`gpupass undo`), then attach the GPU at its new address"});
}

void check_neighbours(Blockers& out, const HostFacts& facts, const Goal& goal, const PciDevice& gpu)
{
    for (const PciAddress& address : gpu.group) {
        const PciDevice* peer = find_device(facts, address);
        if (!peer || peer->is_bridge() || goes_along(goal, address))
            continue;
        const std::string name = fmt::format("{} {} {}", to_string(address), peer->vendor_name, peer->device_name);
        if (!peer->vital.empty())
            out.push_back({"vital-neighbour", fmt::format("{} would have to go along, and the host cannot do without it: {}", name, peer->vital),
                           "move the GPU to a slot behind another bridge"});
        else if (!accepts(goal, to_string(address)))
            out.push_back({"neighbour", fmt::format("{} is reset together with the GPU and must go along", name),
                           fmt::format("if the host can do without it: --accept {}", to_string(address))});
    }
}

void check_device(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    if (!gpu)
        return;
    const std::string name = to_string(gpu->address);
    if (!gpu->vital.empty())
        out.push_back({"vital-device", fmt::format("the host cannot do without {}: {}", name, gpu->vital), "name a GPU; `gpupass inspect` lists them"});
    else if (!gpu->is_display() && !accepts(goal, name))
        out.push_back({"not-a-gpu", fmt::format("{} is no display controller (class 0x{:04x})", name, gpu->class_code),
                       fmt::format("name a GPU; or, if you mean this device: --accept {}", name)});
    if (gpu->passthrough_capable == false)
        out.push_back({"not-passthrough-capable", fmt::format("ESXi says that {} cannot be passed through", name),
                       "turn VT-d on in the firmware setup; with VT-d on, the device lacks a usable reset or its bridge lacks ACS"});
    check_neighbours(out, facts, goal, *gpu);
}

void check_other_holders(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    if (!gives_away(goal))
        return;
    for (const Vm& vm : facts.vms)
        for (const VmDevice& device : vm.devices) {
            const std::string key = vm_key(vm.name, fmt::format("pciPassthru{}.*", device.index));
            const bool moves = std::ranges::find(goal.wants, Want{key, std::nullopt}) != goal.wants.end();
            if (vm.name != goal.vm && device.address == goal.device && device.present && !moves)
                out.push_back({"gpu-held-by-vm", fmt::format("VM {} has {} in its configuration ({})", vm.name, to_string(*goal.device),
                                                             vm.power == Power::on ? "it runs" : "it is off"),
                               "take it from there with --move, or first: gpupass detach " + to_string(*goal.device)});
        }
}

void check_unknown(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    for (const Want& want : goal.wants) {
        if (split_vm_key(want.key))
            continue;
        const auto found = facts.settings.find(want.key);
        if (found == facts.settings.end())
            out.push_back({"no-such-setting", "this host has no setting " + want.key, "look at `gpupass inspect`: the device is gone or this release differs"});
        else if (!found->second.configured || !found->second.effective)
            out.push_back({"unknown-setting", want.key + " could not be read", "find out why in the list `unknown` of `gpupass inspect --json`"});
    }
}

void check_way_back(Blockers& out, const HostFacts& facts, const Goal& goal)
{
    const WayBack& way = facts.way_back;
    if (way.by_api)
        return;
    if (way.boot_volume_on_disk == false)
        out.push_back({"boot-volume-not-on-disk", "/bootbank is not on the boot disk: no setting would survive the reboot",
                       "give the boot disk's controller back to the host, or repair the boot volume, first"});
    if (way.ssh_starts_with_host == false)
        out.push_back({"ssh-not-permanent", "SSH does not start with the host: after the reboot there would be no way in",
                       "on the host: vim-cmd hostsvc/enable_ssh (or: Host Client, Manage, Services, TSM-SSH, start and stop with host)"});
    if (way.shell_timeout_s.value_or(0) != 0)
        out.push_back({"ssh-closes-itself", fmt::format("SSH closes itself {} s after it was opened", *way.shell_timeout_s),
                       "on the host: esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut -i 0"});
    if (way.boot_volume_on_disk && way.ssh_starts_with_host && way.shell_timeout_s)
        return;
    if (!accepts(goal, "no-ssh-proof"))
        out.push_back({"no-ssh-proof", "it could not be read whether SSH is there again after the reboot",
                       "see to it by hand, then say so: --accept no-ssh-proof"});
}

void check_stop(Blockers& out, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const std::set<std::string_view> stops(needs.to_stop.begin(), needs.to_stop.end());
    std::map<std::string_view, int> named;
    for (const Vm& vm : facts.vms)
        ++named[vm.name];
    for (const std::string_view name : stops)
        if (named[name] > 1)
            out.push_back({"vm-name-not-unique", fmt::format("several VMs are called {}, and one that runs must stop: which is not clear", name), "rename one of them first"});
    for (const Vm& vm : facts.vms) {
        if (!stops.contains(vm.name) || is_in(goal.consents.power_off, vm.name))
            continue;
        if (vm.question)
            out.push_back({"vm-has-question", fmt::format("VM {} waits for an answer: {}", vm.name, *vm.question), "answer it in the Host Client"});
        if (vm.tools_running == false)
            out.push_back({"guest-cannot-stop", fmt::format("VM {} must stop, and without running VMware Tools it cannot be asked to", vm.name),
                           "shut it down from inside, or install the tools; or cut it off: --power-off " + vm.name});
    }
}

void check_edited_vm(Blockers& out, const HostFacts& facts, const VmEdits& edits)
{
    const Vm* vm = vm_named(facts, edits.vm);
    if (!vm) {
        out.push_back({"vm-missing", "VM " + edits.vm + " is not on this host any more", "register it again, or undo without it by hand"});
        return;
    }
    const auto block = [&](const char* id, const std::string& why, const std::string& fix) { out.push_back({id, "VM " + vm->name + " " + why, fix}); };
    if (vm->mover == Mover::cluster)
        block("vm-is-the-clusters", "is an agent of the cluster, which alone starts and stops it", "use a VM of your own");
    if (!vm->unreadable.empty())
        block("vm-unreadable", "has a configuration that cannot be edited: " + vm->unreadable, "repair " + vm->config_path + " first");
    if (vm->encrypted.value_or(false))
        block("vm-encrypted", "is encrypted or has a virtual TPM: its configuration must not be edited by hand", "use a VM without encryption");
    if (vm->power == Power::suspended)
        block("vm-suspended", "is suspended", "resume it and shut it down");
    if (vm->power == Power::unknown)
        block("vm-power-unknown", "is in a power state that could not be read", "look at it in the Host Client");
    if (!vm->snapshots)
        block("vm-snapshots-unknown", "has a snapshot list that could not be read", "look at its .vmsd file beside " + vm->config_path);
    else if (*vm->snapshots > 0)
        block("vm-has-snapshots", fmt::format("has {} snapshot{}: each carries an old list of devices, and reverting would break the VM", *vm->snapshots, *vm->snapshots == 1 ? "" : "s"),
              "delete its snapshots (their state is merged into the disks)");
}

/// A VM that runs now is counted with the reservation it has; what is missing must be free.
void check_memory(Blockers& out, const HostFacts& facts, const VmEdits& edits)
{
    const Vm* vm = vm_named(facts, edits.vm);
    if (!vm || !edits.gains_device)
        return;
    if (!vm->memory_mb) {
        out.push_back({"vm-memory-unknown", "the memory size of VM " + vm->name + " could not be read", "look at memSize in " + vm->config_path});
        return;
    }
    const std::int64_t missing = *vm->memory_mb - vm->memory_reserved_mb.value_or(0);
    if (!edits.memory.empty() && facts.memory_reservable_mb && missing > *facts.memory_reservable_mb)
        out.push_back({"not-enough-memory",
                       fmt::format("VM {} needs {} MB more reserved, and the host can reserve {} MB", vm->name, missing, *facts.memory_reservable_mb),
                       "give the VM less memory, or lower the reservations of others"});
}

}  // namespace

std::vector<Blocker> blockers_of(const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    Blockers out;
    if (facts.uuid.empty())
        out.push_back({"host-uuid-unknown", "the host's UUID could not be read: a VM's configuration must name it, and two runs could not be told apart",
                       "find out why `esxcli system uuid get` fails on the host"});
    if (facts.inside_this_host && (needs.reboot || !needs.to_stop.empty()))
        out.push_back({"runs-on-this-host", "gpupass runs in a VM of this very host, which would be shut down under it", "run gpupass from another computer"});
    check_identity(out, facts, goal);
    check_device(out, facts, goal);
    check_other_holders(out, facts, goal);
    check_unknown(out, facts, goal);
    if (needs.reboot)
        check_way_back(out, facts, goal);
    if (facts.maintenance.value_or(false) && !needs.leave_maintenance && !needs.to_start.empty())
        out.push_back({"host-in-maintenance", "the host is in maintenance mode: no VM can start", "on the host: esxcli system maintenanceMode set --enable false"});
    check_stop(out, facts, goal, needs);
    for (const VmEdits& edits : needs.edits) {
        check_edited_vm(out, facts, edits);
        check_memory(out, facts, edits);
    }
    return out;
}

std::vector<Warning> warnings_of(const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    std::vector<Warning> out;
    const PciDevice* gpu = gives_away(goal) ? find_device(facts, *goal.device) : nullptr;
    const Vm* vm = vm_named(facts, goal.vm);
    if (gpu && vm)
        out = known_bad(facts, *gpu, *vm);
    if (gpu && vm && vm->nested_hv.value_or(false))
        out.push_back({"nested-hv-with-passthrough", "VM " + vm->name + " exposes hardware virtualisation: ESXi's own tools refuse this together with a passed-through device; "
                       "if it does not start, turn it off", "https://docs.omersanli.com.tr/artificial-intelligence/esxi-nested-virtualization-nvidia-gpu-passthrough"});
    std::vector<std::string> leaving;
    for (const Vm& other : facts.vms)
        if (needs.reboot && other.power == Power::on && other.mover != Mover::nobody && std::ranges::find(needs.to_stop, other.name) == needs.to_stop.end())
            leaving.push_back(fmt::format("{} ({})", other.name, to_string(other.mover)));
    if (!leaving.empty())
        out.push_back({"guests-leave", fmt::format("before the reboot the host enters maintenance mode, and these VMs are taken off it while they run: {}", fmt::join(leaving, ", ")),
                       "https://docs.vmware.com/en/VMware-vSphere/8.0/vsphere-resource-management/GUID-8F705E83-6788-42D4-93DF-63A2B892367F.html"});
    for (const Want& want : needs.kernel)
        if (want == Want{kernel_key("vga"), "FALSE"})
            out.push_back({"console-goes-dark", "after the reboot the host's own screen stays dark; SSH and the Host Client remain, "
                           "and `gpupass undo` brings it back", "https://knowledge.broadcom.com/external/article/429186/"});
    return out;
}

}  // namespace gpupass::esxi
