#include "hosts/esxi/plan.hpp"

#include "model/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

// Written before the console goes dark, for somebody with a keyboard, an SSH client and no gpupass.

namespace gpupass::esxi {

namespace {

Value configured(const HostFacts& facts, const std::string& key)
{
    const auto found = facts.settings.find(key);
    return found == facts.settings.end() ? Value{} : found->second.configured;
}

void add(std::string& out, int& number, const std::string& text)
{
    out += fmt::format("{:2}. {}\n", ++number, text);
}

void add_vm_edit(std::string& out, int& number, const HostFacts& facts, const EditVm& edit)
{
    const auto vm = std::ranges::find(facts.vms, edit.vm, &Vm::name);
    const std::string path = vm == facts.vms.end() ? "its .vmx" : vm->config_path;
    add(out, number, fmt::format("With VM {} off, in {}:", printable(edit.vm), printable(path)));
    for (const Want& want : edit.edits) {
        const auto found = facts.settings.find(vm_key(edit.vm, want.key));
        if (found == facts.settings.end())
            out += fmt::format("      delete the line that begins with   {}\n", want.key);
        else
            out += fmt::format("      set   {} = \"{}\"\n", want.key, printable(found->second.configured.value_or("?")));
    }
    if (std::ranges::any_of(edit.edits, [](const Want& want) { return want.key.starts_with("pciPassthru"); }))
        out += "      and delete every other pciPassthru line with the same number\n";
    if (vm != facts.vms.end())
        out += fmt::format("      then run   vim-cmd vmsvc/reload {}\n", vm->id);
}

}  // namespace

std::string rescue_sheet(const HostFacts& facts, const Plan& plan)
{
    std::string out = fmt::format("The way back by hand: {}\nHost {} ({} {}, {})\n\n", printable(plan.goal.sentence),
                                  printable(facts.name), facts.kind, facts.version, facts.uuid);
    out += "The host's own screen may stay dark: that is meant to be so. Log in with SSH as root, or use the Host\n"
           "Client in a browser. With gpupass at hand, `gpupass undo` does all of this.\n\n";
    int number = 0;
    for (const Step& step : plan.steps)
        if (const auto* edit = std::get_if<EditVm>(&step.change))
            add_vm_edit(out, number, facts, *edit);
    bool host_changed = false;
    for (const Step& step : plan.steps) {
        if (const auto* owner = std::get_if<SetOwner>(&step.change)) {
            add(out, number, fmt::format("esxcli hardware pci pcipassthru set -d {} -e {}", to_string(owner->device), owner->passthrough ? "false" : "true"));
            host_changed = true;
        }
        if (const auto* kernel = std::get_if<SetKernelOption>(&step.change)) {
            add(out, number, fmt::format("esxcli system settings kernel set -s {} -v {}", kernel->name,
                                         configured(facts, kernel_key(kernel->name)).value_or("TRUE")));
            host_changed = true;
        }
    }
    if (host_changed)
        add(out, number, "Shut the VMs down, then type   reboot   (never reboot -f: it loses the settings)");
    for (const Vm& vm : facts.vms)
        if (vm.power == Power::on)
            add(out, number, fmt::format("VM {} ran before: vim-cmd vmsvc/power.on {}", printable(vm.name), vm.id));
    return out;
}

}  // namespace gpupass::esxi
