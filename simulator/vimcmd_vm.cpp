#include "text.hpp"
#include "vimcmd.hpp"

#include <fmt/core.h>

#include <algorithm>

// vmsvc: the list, power, questions, registration.

namespace gpupass::sim {

namespace {

std::string centred(const std::string& text, std::size_t width)
{
    return pad(std::string((width - text.size()) / 2, ' ') + text, width);
}

using Row = std::vector<std::string>;

// Names of columns stand in their middle, values at their left; three blanks between.
std::string vm_table(const std::vector<Row>& rows)
{
    const Row names{"Vmid", "Name", "File", "Guest OS", "Version", "Annotation"};
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
        widths.push_back(names[i].size());
        for (const auto& row : rows)
            widths[i] = std::max(widths[i], row[i].size());
    }
    const auto line = [&](const Row& row, bool is_head) {
        std::string text;
        for (std::size_t i = 0; i < widths.size(); ++i)
            text += (is_head ? centred(row[i], widths[i]) : pad(row[i], widths[i])) + "   ";
        text += row.back();
        text.resize(text.find_last_not_of(' ') + 1);
        return text + "\n";
    };
    std::string text = line(names, true);
    for (const auto& row : rows)
        text += line(row, false);
    return text;
}

// The identifier of the guest as hostd has it: debian11-64 is debian11_64Guest.
std::string guest_id(const Vmx& vmx)
{
    const auto id = replaced(vmx.get_or("guestOS", "other"), "-", "_");
    return id.ends_with("Guest") ? id : id + "Guest";
}

VimAnswer all_vms(Host& host, const VimArguments&)
{
    std::vector<Row> rows;
    std::string skipped;
    for (const auto& vm : host.world.vms) {
        const Vmx vmx{vm.text};
        if (vm.invalid)
            skipped += fmt::format("Skipping invalid VM '{}'\n", vm.id);
        else
            rows.push_back({std::to_string(vm.id), vm_name(vm), datastore_path(vm), guest_id(vmx),
                            "vmx-" + vmx.get_or("virtualHW.version", "19"), vmx.get_or("annotation", "")});
    }
    // Which stream says so differs with the release.
    return host.is_8() ? VimAnswer{skipped + vm_table(rows), "", 0} : VimAnswer{vm_table(rows), skipped, 0};
}

VimAnswer power_state(Host&, Vm& vm, const VimArguments&)
{
    const auto* words = vm.power == powered_on ? "Powered on" : vm.power == suspended ? "Suspended" : "Powered off";
    return {fmt::format("Retrieved runtime info\n{}\n", words), "", 0};
}

VimAnswer failed_task(const Vm& vm, const std::string& heading, const std::string& plain)
{
    const auto& task = vm.tasks.back();
    if (task.fault == "vim.fault.GenericVmConfigFault" || task.fault.empty())
        return {heading + plain, "", 1};
    return {heading + vim_fault(task.fault, task.messages.front().text).out, "", 1};
}

VimAnswer on(Host& host, Vm& vm, const VimArguments&)
{
    if (power_on(host, vm))
        return host.faults.has("false-failure") ? VimAnswer{"Powering on VM:\nPower on failed\n", "", 1}
                                                : VimAnswer{"Powering on VM:\n", "", 0};
    return failed_task(vm, "Powering on VM:\n", "Power on failed\n");
}

VimAnswer off(Host& host, Vm& vm, const VimArguments&)
{
    if (power_off(host, vm))
        return {"Powering off VM:\n", "", 0};
    return {"Powering off VM:\nPower off failed\n", "", 1};
}

// Silent, whether the guest can do it or not.
VimAnswer shut_down(Host& host, Vm& vm, const VimArguments&)
{
    shut_down_guest(host, vm, false);
    return {};
}

VimAnswer restart(Host& host, Vm& vm, const VimArguments&)
{
    shut_down_guest(host, vm, true);
    return {};
}

VimAnswer reset(Host& host, Vm& vm, const VimArguments&)
{
    if (vm.power != powered_on)
        return {"Reset VM:\nReset failed\n", "", 1};
    guest_event(host, {host.now(), "restarted", vm.id});
    return {"Reset VM:\n", "", 0};
}

VimAnswer do_suspend(Host& host, Vm& vm, const VimArguments&)
{
    const bool done = suspend(host, vm);
    return {done ? "Suspending VM:\n" : "Suspending VM:\nSuspend failed\n", "", done ? 0 : 1};
}

std::string question_id(const Host& host) { return host.is_8() ? "_vmx1" : "12"; }

VimAnswer message(Host& host, Vm& vm, const VimArguments& arguments)
{
    if (vm.question.empty())
        return {"No message.\n", "", 0};
    if (arguments.size() >= 3) {
        if (arguments[1] != question_id(host))
            return vim_fault("vmodl.fault.InvalidArgument", "A specified parameter was not correct: questionId");
        vm.question.clear();
        host.changed = true;
        return {};
    }
    return {fmt::format("Virtual machine message {}:\n{}\nIn order to configure certain management and networking "
                        "features, VMware ESX needs to know if this virtual machine was moved or copied.\n\n"
                        "If you don't know, answer \"I Co_pied It\".\n"
                        "   0. Cancel (Cancel)\n   1. I _Moved It (I _Moved It)\n   2. I Co_pied It (I Co_pied It) "
                        "[default]\n",
                        question_id(host), vm.question),
            "", 0};
}

VimAnswer reload(Host& host, Vm& vm, const VimArguments&)
{
    if (vm.power != powered_on || vm.invalid)
        load_vm(host, vm);
    return {};
}

VimAnswer register_vm(Host& host, const VimArguments& arguments)
{
    const auto path = host.disk.canonical(arguments[0]);
    if (!path)
        return vim_fault("vim.fault.NotFound", "The object or item referred to could not be found.");
    if (find_vm(host, *path))
        return vim_fault("vim.fault.AlreadyExists",
                         fmt::format("The specified key, name, or identifier '{}' already exists.", *path));
    Vm vm;
    vm.id = host.world.next_vm++;
    vm.path = *path;
    load_vm(host, vm);
    host.world.vms.push_back(vm);
    return {std::to_string(vm.id) + "\n", "", 0};
}

VimAnswer unregister(Host& host, Vm& vm, const VimArguments&)
{
    if (vm.power == powered_on)
        return vim_fault("vim.fault.InvalidPowerState",
                         "The attempted operation cannot be performed in the current state (Powered on).");
    std::erase_if(host.world.settings.autostart_entries, [&](const auto& entry) { return entry.vm == vm.id; });
    std::erase_if(host.world.vms, [id = vm.id](const Vm& known) { return known.id == id; });
    host.changed = true;
    return {};
}

}  // namespace

void add_vm_answers(VimCommands& commands)
{
    commands["vmsvc/getallvms"] = {0, all_vms};
    commands["vmsvc/power.getstate"] = {1, for_vm<power_state>};
    commands["vmsvc/power.on"] = {1, for_vm<on>};
    commands["vmsvc/power.off"] = {1, for_vm<off>};
    commands["vmsvc/power.shutdown"] = {1, for_vm<shut_down>};
    commands["vmsvc/power.reboot"] = {1, for_vm<restart>};
    commands["vmsvc/power.reset"] = {1, for_vm<reset>};
    commands["vmsvc/power.suspend"] = {1, for_vm<do_suspend>};
    commands["vmsvc/message"] = {1, for_vm<message>};
    commands["vmsvc/reload"] = {1, for_vm<reload>};
    commands["vmsvc/unregister"] = {1, for_vm<unregister>};
    commands["solo/registervm"] = {1, register_vm};
}

}  // namespace gpupass::sim
