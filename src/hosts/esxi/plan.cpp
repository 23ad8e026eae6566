#include "hosts/esxi/plan.hpp"

#include "hosts/esxi/blockers.hpp"
#include "hosts/esxi/needs.hpp"
#include "hosts/parts.hpp"

#include <fmt/format.h>

#include <algorithm>

// One planner for every direction: attach, detach, undo and resume all say which settings shall be so, and here the
// differences become steps. The order is what keeps machines alive: prove the way in, ask the guests to stop, take
// devices out of VMs, change the host, reboot it once, put devices into VMs, start what ran.

namespace gpupass::esxi {

namespace {

using std::chrono::seconds;

bool is_owner_key(const std::string& key)
{
    return key.starts_with("pci.") && key.ends_with(".owner");
}

std::optional<PciAddress> owner_address(const std::string& key)
{
    constexpr std::size_t around = std::string_view{"pci."}.size() + std::string_view{".owner"}.size();
    return is_owner_key(key) ? parse_pci_address(key.substr(4, key.size() - around)) : std::nullopt;
}

/// A VM gains the device when the goal wants it present there; else its edits take things away.
bool gains_device(const Goal& goal, const std::string& vm)
{
    return std::ranges::any_of(goal.wants, [&](const Want& want) {
        const auto key = split_vm_key(want.key);
        return key && key->vm == vm && key->key.starts_with("pciPassthru") && key->key.ends_with(".present") &&
               want.value == "TRUE";
    });
}

VmEdits& edits_of(Needs& needs, const Goal& goal, const std::string& vm)
{
    const auto found = std::ranges::find(needs.edits, vm, &VmEdits::vm);
    if (found != needs.edits.end())
        return *found;
    return needs.edits.emplace_back(VmEdits{.vm = vm, .gains_device = gains_device(goal, vm)});
}

void sort_vm_want(Needs& needs, const Goal& goal, const VmKey& key, const Want& want)
{
    VmEdits& edits = edits_of(needs, goal, key.vm);
    auto& list = key.key.starts_with("pciPassthru") ? edits.device : key.key.starts_with("sched.mem.") ? edits.memory : edits.viommu;
    list.push_back({key.key, want.value});
}

/// A function that no screen depends on changes hands at once; one that is already configured and still not in
/// effect needs the reboot it is waiting for.
bool needs_reboot(const HostFacts& facts, const Needs& needs)
{
    return std::ranges::any_of(needs.host_in_effect, [&](const Want& want) {
        return !is_owner_key(want.key) || is_configured(facts.settings, want) || facts.console_gpu == owner_address(want.key);
    });
}

std::vector<Want> settings_of(const std::string& vm, const std::vector<Want>& edits)
{
    std::vector<Want> sets;
    for (const Want& edit : edits)
        sets.push_back({vm_key(vm, edit.key), edit.value});
    return sets;
}

Step edit_step(const char* id, std::string title, std::string why, const std::string& vm, std::vector<Want> edits)
{
    Step step{.id = id, .title = std::move(title), .why = std::move(why), .expected = seconds{3}};
    step.sets = settings_of(vm, edits);
    step.only_configured = true;
    for (const Want& edit : edits)
        if (const auto dot = edit.key.find('.'); edit.key.starts_with("pciPassthru") && dot != std::string::npos) {
            const std::string pattern = vm_key(vm, edit.key.substr(0, dot) + ".*");
            if (!is_in(step.owns, pattern))
                step.owns.push_back(pattern);
        }
    step.change = EditVm{vm, std::move(edits)};
    return step;
}

void add_edit_steps(std::vector<Step>& steps, const Needs& needs, bool gaining)
{
    const auto gpu_out = "so that the VM can start without the GPU, and the GPU can go elsewhere";
    for (const VmEdits& e : needs.edits) {
        if (e.gains_device != gaining)
            continue;
        if (!gaining && !e.device.empty())
            steps.push_back(edit_step(step_id::remove_device, "Take the GPU out of VM " + e.vm, gpu_out, e.vm, e.device));
        if (!e.memory.empty() && gaining)
            steps.push_back(edit_step(step_id::reserve_memory, "Reserve all memory of VM " + e.vm,
                                      "a passed-through device may write to any page, so ESXi refuses to start the VM "
                                      "unless its memory is reserved in full", e.vm, e.memory));
        if (!e.memory.empty() && !gaining)
            steps.push_back(edit_step(step_id::restore_memory, "Give VM " + e.vm + " its old memory reservation back",
                                      "without a device the reservation is not needed", e.vm, e.memory));
        if (!e.viommu.empty()) {
            const bool off = e.viommu.front().value == "FALSE";
            steps.push_back(edit_step(off ? step_id::viommu_off : step_id::restore_viommu,
                                      off ? "Turn the virtual IOMMU of VM " + e.vm + " off" : "Restore the virtual IOMMU of VM " + e.vm,
                                      off ? "with it on, ESXi cannot register the device and the VM does not start"
                                          : "it was so before", e.vm, e.viommu));
        }
        if (gaining && !e.device.empty())
            steps.push_back(edit_step(step_id::add_device, "Put the GPU into VM " + e.vm,
                                      "ESXi hands a function to a VM by its pciPassthru keys; the address in them is decimal",
                                      e.vm, e.device));
    }
}

Step kernel_step(const Want& want)
{
    const bool release = want.value == "FALSE";
    return {.id = release ? step_id::release_console : step_id::restore_console,
            .title = release ? "Let the host's own screen go" : "Give the host its own screen back",
            .why = release ? "while the host's console draws on the GPU, passthrough stays pending for ever; "
                             "from the next boot on the monitor stays dark"
                           : "from the next boot on the monitor shows the host's console again",
            .change = SetKernelOption{want.key.substr(std::string_view{"kernel."}.size()), want.value.value_or("")},
            .sets = {want},
            .only_configured = true,
            .loses_console = release};
}

Step owner_step(const Want& want, const PciAddress& device, bool apply_now)
{
    const bool give = want.value == "passthrough";
    const std::string name = to_string(device);
    return {.id = give ? step_id::enable_passthrough : step_id::disable_passthrough,
            .title = give ? "Hand " + name + " to the passthrough module" : "Give " + name + " back to the host",
            .why = give ? "only a function that the passthrough module owns can go to a VM" : "the host's own driver may have it again",
            .change = SetOwner{device, give, apply_now},
            .sets = {want},
            .only_configured = true,
            .expected = seconds{3}};
}

Step reboot_step(const Needs& needs, const HostFacts& facts)
{
    const Want dark{kernel_key("vga"), "FALSE"};
    const bool loses = std::ranges::find(needs.host_in_effect, dark) != needs.host_in_effect.end() && facts.console_gpu.has_value();
    auto sets = needs.host_in_effect;
    if (facts.settings.contains(maintenance_key) && !facts.maintenance.value_or(false))
        sets.push_back({maintenance_key, "FALSE"});  // a vCenter's host goes through it, and must come out again
    return {.id = step_id::reboot_host,
            .title = "Reboot the host" + (facts.name.empty() ? std::string{} : " " + facts.name),
            .why = loses ? "the console lets go of the GPU at boot only; from then on the monitor stays dark"
                         : "the change takes effect at boot only",
            .change = RebootHost{},
            .sets = std::move(sets),
            .impact = Impact::host_reboot,
            .loses_console = loses,
            .expected = seconds{240}};
}

void add_host_steps(std::vector<Step>& steps, const Needs& needs, const HostFacts& facts)
{
    for (const Want& want : needs.kernel)
        steps.push_back(kernel_step(want));
    for (const Want& want : needs.owner)
        if (const auto device = owner_address(want.key))
            steps.push_back(owner_step(want, *device, !needs.reboot));
    if (needs.reboot)
        steps.push_back(reboot_step(needs, facts));
    if (needs.leave_maintenance)
        steps.push_back({.id = step_id::leave_maintenance,
                         .title = "Take the host out of maintenance mode",
                         .why = "it was not in it before, and no VM can start while it is",
                         .change = SetMaintenance{false},
                         .sets = {{maintenance_key, "FALSE"}},
                         .expected = seconds{30}});
}

bool way_back_is_known(const HostFacts& facts)
{
    const WayBack& way = facts.way_back;
    return !way.by_api && way.ssh_starts_with_host && way.shell_timeout_s && way.boot_volume_on_disk;
}

Step prove_step()
{
    return {.id = step_id::prove_ssh,
            .title = "Prove that SSH comes back after the reboot",
            .why = "after the reboot SSH is the way in: it must start with the host, stay open, and the settings must be on disk",
            .change = ProveAccess{}};
}

}  // namespace

bool Needs::nothing() const
{
    return !leave_maintenance && host_in_effect.empty() && kernel.empty() && owner.empty() && edits.empty() && to_stop.empty() && to_start.empty();
}

Needs needs_of(const HostFacts& facts, const Goal& goal)
{
    Needs needs;
    for (const Want& want : expand(facts.settings, goal.wants)) {
        const auto vm = split_vm_key(want.key);
        if (vm && vm->key == "power")
            continue;  // power_needs() below
        if (vm) {
            if (!is_configured(facts.settings, want))
                sort_vm_want(needs, goal, *vm, want);
            continue;
        }
        if (want.key == maintenance_key) {
            needs.leave_maintenance = want.value == "FALSE" && !holds(facts.settings, want);
            continue;
        }
        if (!holds(facts.settings, want))
            needs.host_in_effect.push_back(want);
        if (!is_configured(facts.settings, want))
            (is_owner_key(want.key) ? needs.owner : needs.kernel).push_back(want);
    }
    needs.reboot = needs_reboot(facts, needs);
    std::vector<std::string> edited;
    for (const VmEdits& edits : needs.edits)
        edited.push_back(edits.vm);
    PowerNeeds power = power_needs(facts, goal, needs.reboot, edited);
    needs.to_stop = std::move(power.to_stop);
    needs.to_start = std::move(power.to_start);
    return needs;
}

Plan plan(const HostFacts& facts, const Goal& goal)
{
    Plan plan{.goal = goal};
    const Needs needs = needs_of(facts, goal);
    plan.warnings = warnings_of(facts, goal, needs);
    if (needs.nothing())
        return plan;
    plan.blockers = blockers_of(facts, goal, needs);
    if (needs.reboot && way_back_is_known(facts))  // else it is a blocker, or was accepted unproven
        plan.steps.push_back(prove_step());
    if (!needs.to_stop.empty())
        plan.steps.push_back(stop_step(needs.to_stop, goal,
                                       needs.reboot ? "the host will reboot: its guests are asked to stop first, through their tools"
                                                    : "a VM's devices change only while it is off"));
    add_edit_steps(plan.steps, needs, false);
    add_host_steps(plan.steps, needs, facts);
    add_edit_steps(plan.steps, needs, true);
    add_start_steps(plan.steps, needs.to_start, goal);
    return plan;
}

}  // namespace gpupass::esxi
