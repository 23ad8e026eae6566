#include "hosts/linux/plan.hpp"

#include "hosts/linux/command.hpp"
#include "hosts/linux/kernel_words.hpp"
#include "hosts/linux/keys.hpp"
#include "hosts/linux/needs.hpp"
#include "hosts/linux/udev_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

// One planner for every direction: attach, detach, undo and resume. The order keeps machines alive: what a bad driver can
// spoil comes first, while every VM still runs; a VM's devices change only while it is off.

namespace gpupass::linux_host {

namespace {

using std::chrono::seconds;

std::optional<PciAddress> function_of(const std::string& key)
{
    for (const char* what : {"driver", "override", "owner", "id"})
        if (const auto address = address_in(key, what))
            return address;
    return std::nullopt;
}

VmEdit& edit_of(Needs& needs, const std::string& vm)
{
    const auto found = std::ranges::find(needs.edits, vm, &VmEdit::vm);
    return found != needs.edits.end() ? *found : needs.edits.emplace_back(VmEdit{.vm = vm});
}

void sort_want(Needs& needs, const Want& want)
{
    const auto vm = split_vm_key(want.key);
    if (vm && hostdev_address(*vm)) {
        VmEdit& edit = edit_of(needs, vm->vm);
        (want.value ? edit.add : edit.remove).push_back(want);
    } else if (address_in(want.key, "id"))
        needs.strangers.push_back(want);
    else if (function_of(want.key))
        needs.drivers.push_back(want);
    else if (want.key.starts_with("console."))
        needs.consoles.push_back(want);
    else if (want.key.starts_with("service."))
        needs.services.push_back(want);
    else if (want.key.starts_with("persist."))
        needs.rules.push_back(want);
    else if (want.key.starts_with("cmdline."))
        needs.words.push_back(want);
}

/// A driver, its override and the owner are one change: where one of them differs, all that the goal says of it are set.
void complete_drivers(Needs& needs, const Goal& goal)
{
    std::vector<Want> all;
    for (const Want& want : goal.wants) {
        const auto address = function_of(want.key);
        if (address && std::ranges::any_of(needs.drivers, [&](const Want& n) { return function_of(n.key) == address; }))
            all.push_back(want);
    }
    needs.drivers = std::move(all);
}

/// The functions of a binding step, in the order of the goal.
BindDrivers bindings_of(const std::vector<Want>& wants)
{
    BindDrivers change;
    for (const Want& want : wants) {
        const auto address = *function_of(want.key);
        auto found = std::ranges::find(change.bindings, address, &Binding::device);
        if (found == change.bindings.end())
            found = change.bindings.insert(change.bindings.end(), Binding{.device = address});
        if (want.key == driver_key(address))
            found->driver = want.value;
        if (want.key == override_key(address))
            found->override_with = want.value.value_or("");
    }
    return change;
}

bool takes_screen(const HostFacts& facts, const BindDrivers& change)
{
    return std::ranges::any_of(change.bindings, [&](const Binding& b) { return facts.console_gpu == b.device && b.override_with == vfio_driver; });
}

Step bind_step(const HostFacts& facts, const Needs& needs)
{
    BindDrivers change = bindings_of(needs.drivers);
    const bool give = std::ranges::any_of(change.bindings, [](const Binding& b) { return b.override_with == vfio_driver; });
    std::vector<std::string> names;
    for (const Binding& binding : change.bindings)
        names.push_back(to_string(binding.device));
    Step step{.id = give ? step_id::bind_driver : step_id::return_driver,
              .title = give ? fmt::format("Bind {} to vfio-pci", fmt::join(names, ", ")) : fmt::format("Give {} back to the host's driver", fmt::join(names, ", ")),
              .why = give ? "a VM gets a function only from vfio-pci, and all functions of an IOMMU group go together"
                          : "the host's own driver may have it again"};
    step.loses_console = takes_screen(facts, change);
    step.sets = needs.drivers;
    step.change = std::move(change);
    return step;
}

std::vector<PciAddress> devices_of(const std::vector<Want>& wants)
{
    std::vector<PciAddress> devices;
    for (const Want& want : wants)
        devices.push_back(*hostdev_address(*split_vm_key(want.key)));
    return devices;
}

Step edit_step(const std::string& vm, const std::vector<Want>& wants, bool add)
{
    ChangeHostdevs change{.vm = vm};
    (add ? change.add : change.remove) = devices_of(wants);
    return {.id = add ? step_id::add_device : step_id::remove_device,
            .title = (add ? "Put the GPU into VM " : "Take the GPU out of VM ") + vm,
            .why = add ? "libvirt hands a function to a VM that names it in its configuration" : "so that the GPU can go elsewhere",
            .change = std::move(change),
            .sets = wants};
}

std::vector<Step> console_steps(const Needs& needs, bool release)
{
    std::vector<Step> steps;
    std::vector<Want> consoles = needs.consoles;
    // The text console draws on the firmware's framebuffer: it goes first and comes last.
    std::ranges::stable_partition(consoles, [&](const Want& want) { return want.key.starts_with(console_key("vtcon")) == release; });
    for (const Want& want : consoles)
        if ((want.value == "free") == release)
            steps.push_back({.id = release ? step_id::release_console : step_id::restore_console,
                             .title = release ? "Take the text console off " + *behind(want.key, "console.") : "Give the text console " + *behind(want.key, "console.") + " back",
                             .why = release ? "while the console draws through the driver, the driver does not let go" : "it was so before",
                             .change = SetConsole{*behind(want.key, "console."), !release},
                             .sets = {want},
                             .loses_console = release});
    return steps;
}

std::vector<Step> service_steps(const Needs& needs, bool stop)
{
    std::vector<Step> steps;
    for (const Want& want : needs.services)
        if ((want.value == "inactive") == stop)
            steps.push_back({.id = stop ? step_id::stop_display : step_id::start_display,
                             .title = stop ? "Stop " + *behind(want.key, "service.") : "Start " + *behind(want.key, "service.") + " again",
                             .why = stop ? "the desktop draws on this GPU: taken from under it, the machine may freeze; its sessions end" : "it ran before",
                             .change = SetService{*behind(want.key, "service."), !stop},
                             .sets = {want},
                             .loses_console = stop,
                             .expected = seconds{5}});
    return steps;
}

/// The file of our rules as the plan wants it.
std::string rules_after(const std::string& before, const std::vector<Want>& wants)
{
    std::string text = before;
    for (const Want& want : wants) {
        const auto address = parse_pci_address(*behind(want.key, "persist."));
        const auto id = parse_pci_id(want.value.value_or(""));
        if (address)
            text = id ? with_rule(text, *address, *id) : without_rule(text, *address);
    }
    return text;
}

void add_rules_step(std::vector<Step>& steps, const HostFacts& facts, const Needs& needs)
{
    if (needs.rules.empty())
        return;
    const auto now = facts.settings.find(file_key(rules_path));
    const std::string text = rules_after(now == facts.settings.end() ? "" : now->second.configured.value_or(""), needs.rules);
    const bool write = needs.rules.front().value.has_value();
    steps.push_back({.id = write ? step_id::persist_binding : step_id::forget_binding,
                     .title = write ? "Bind it so at every boot" : "Take the binding at boot away",
                     .why = write ? "nothing in sysfs survives a reboot; a udev rule by address and id does" : "the host's driver may have it again at boot",
                     .change = ChangeFiles{.files = {{rules_path, text.empty() ? std::nullopt : std::optional{text}}}, .then = {{"udevadm", "control", "--reload"}}},
                     .sets = needs.rules});
}

/// At the next boot, then the boot itself.
void add_word_steps(std::vector<Step>& steps, const HostFacts& facts, const Needs& needs)
{
    for (const Want& want : needs.words) {
        const std::string word = *behind(want.key, "cmdline.");
        const bool add = want.value == "yes";
        if (is_configured(facts.settings, want) || !facts.kernel_line)
            continue;
        auto change = change_kernel_word(*facts.kernel_line, word, add);
        if (change)
            steps.push_back({.id = step_id::change_kernel_line,
                             .title = fmt::format("{} {} {} the kernel's command line", add ? "Add" : "Take", word, add ? "to" : "out of"),
                             .why = fmt::format("{}; {}", add ? "the firmware offers an IOMMU, and this kernel uses it only when it is told to" : "it was not there before",
                                                facts.kernel_line->loader.why),
                             .change = std::move(*change),
                             .sets = {want},
                             .only_configured = true,
                             .expected = seconds{20}});
    }
    if (!needs.words.empty())
        steps.push_back({.id = step_id::reboot_host,
                         .title = "Reboot the host" + (facts.name.empty() ? std::string{} : " " + facts.name),
                         .why = "the kernel reads its command line at boot only",
                         .change = RebootHost{facts.kernel_line ? facts.kernel_line->loader.apply : std::vector<Command>{}},
                         .sets = needs.words,
                         .impact = Impact::host_reboot,
                         .expected = seconds{120}});
}

template <class Steps>
void append(std::vector<Step>& steps, Steps&& more)
{
    steps.insert(steps.end(), more.begin(), more.end());
}

/// A VM that runs with one of the functions must stop before their drivers change.
bool stops_a_holder(const HostFacts& facts, const Needs& needs)
{
    return std::ranges::any_of(facts.vms, [&](const Vm& vm) {
        return is_in(needs.power.to_stop, vm.name) && std::ranges::any_of(needs.drivers, [&](const Want& want) { return device_at(vm, *function_of(want.key)); });
    });
}

void add_steps(std::vector<Step>& steps, const HostFacts& facts, const Goal& goal, const Needs& needs)
{
    const auto stop = [&] {
        if (!needs.power.to_stop.empty())
            steps.push_back(stop_step(needs.power.to_stop, goal, "a VM's devices change only while it is off"));
    };
    const bool stop_first = !needs.words.empty() || stops_a_holder(facts, needs) || std::ranges::any_of(needs.edits, [](const VmEdit& edit) { return !edit.remove.empty(); });
    if (stop_first)
        stop();
    for (const VmEdit& edit : needs.edits)
        if (!edit.remove.empty())
            steps.push_back(edit_step(edit.vm, edit.remove, false));
    add_word_steps(steps, facts, needs);
    append(steps, service_steps(needs, true));
    append(steps, console_steps(needs, true));
    if (!needs.drivers.empty())
        steps.push_back(bind_step(facts, needs));
    add_rules_step(steps, facts, needs);
    append(steps, console_steps(needs, false));
    append(steps, service_steps(needs, false));
    if (!stop_first)
        stop();
    for (const VmEdit& edit : needs.edits)
        if (!edit.add.empty())
            steps.push_back(edit_step(edit.vm, edit.add, true));
    add_start_steps(steps, needs.power.to_start, goal);
}

}  // namespace

bool gives_away(const Goal& goal)
{
    return goal.device && std::ranges::find(goal.wants, Want{override_key(*goal.device), vfio_driver}) != goal.wants.end();
}

Needs needs_of(const HostFacts& facts, const Goal& goal)
{
    Needs needs;
    for (const Want& want : expand(facts.settings, goal.wants)) {
        const auto vm = split_vm_key(want.key);
        // A console that is not there lets nobody wait: it comes back with its framebuffer, and is then as it is.
        const bool is_gone = want.key.starts_with("console.") && !facts.settings.contains(want.key);
        if (!(vm && vm->key == "power") && !is_gone && !holds(facts.settings, want))
            sort_want(needs, want);
    }
    complete_drivers(needs, goal);
    std::vector<std::string> edited;
    for (const VmEdit& edit : needs.edits)
        edited.push_back(edit.vm);
    for (const Vm& vm : facts.vms)  // what a running VM has, no driver of the host can have
        if (std::ranges::any_of(needs.drivers, [&](const Want& want) { return device_at(vm, *function_of(want.key)); }))
            edited.push_back(vm.name);
    needs.power = power_needs(facts, goal, !needs.words.empty(), edited);
    return needs;
}

Plan plan(const HostFacts& facts, const Goal& frozen)
{
    Plan plan{.goal = frozen};
    const Goal goal = with_accepted_peers(facts, frozen);
    const Needs needs = needs_of(facts, goal);
    plan.warnings = warnings_of(facts, goal, needs);
    if (needs.nothing()) {
        plan.blockers = blockers_of_an_end(facts, goal);
        return plan;
    }
    plan.blockers = blockers_of(facts, goal, needs);
    add_steps(plan.steps, facts, goal, needs);
    for (Step& step : plan.steps)
        step.command = render_command(step, facts);
    return plan;
}

}  // namespace gpupass::linux_host
