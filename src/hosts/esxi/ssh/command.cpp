#include "hosts/esxi/ssh/command.hpp"

#include "transport/script.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

using Vector = std::vector<std::string>;
using Vectors = std::vector<Vector>;

void add_for(Vectors& out, const HostFacts& facts, const std::vector<std::string>& vms, const char* action)
{
    for (const std::string& name : vms)
        if (const Vm* vm = find_vm(facts, name); vm && !vm->id.empty())
            out.push_back(vm_command(action, vm->id));
}

Vectors vectors_of(const ProveAccess&, const HostFacts&)
{
    return {{"chkconfig", "--list", "SSH"},
            {"esxcli", "system", "settings", "advanced", "list", "-o", "/UserVars/ESXiShellTimeOut"},
            {"readlink", "/bootbank"}};
}

Vectors vectors_of(const StopVms& stop, const HostFacts& facts)
{
    Vectors out;
    add_for(out, facts, stop.ask, "power.shutdown");
    add_for(out, facts, stop.cut, "power.off");
    return out;
}

Vectors vectors_of(const StartVms& start, const HostFacts& facts)
{
    Vectors out;
    add_for(out, facts, start.vms, "power.on");
    return out;
}

Vectors vectors_of(const SetKernelOption& option, const HostFacts&)
{
    return {{"esxcli", "system", "settings", "kernel", "set", "-s", option.name, "-v", option.value}};
}

Vectors vectors_of(const SetOwner& owner, const HostFacts&)
{
    Vector out{"esxcli", "hardware", "pci", "pcipassthru", "set", "-d", to_string(owner.device), "-e", owner.passthrough ? "true" : "false"};
    if (owner.apply_now)
        out.push_back("-a");
    return {out};
}

/// The host saves its settings once an hour and at a clean shutdown; saving first costs a second and trusts nobody.
Vectors vectors_of(const RebootHost&, const HostFacts&)
{
    return {{"/sbin/auto-backup.sh"}, {"touch", reboot_mark}, {"reboot"}};
}

Vectors vectors_of(const EditVm& edit, const HostFacts& facts)
{
    Vectors out;
    add_for(out, facts, {edit.vm}, "reload");
    return out;
}

/// Changes of other platforms.
template <class Other>
Vectors vectors_of(const Other&, const HostFacts&)
{
    return {};
}

std::string edit_words(const EditVm& edit, const HostFacts& facts)
{
    const Vm* vm = find_vm(facts, edit.vm);
    std::string out = "edit " + shell_word(vm ? vm->config_path : "the .vmx of " + edit.vm) + ":";
    const char* separator = " ";
    for (const Want& want : edit.edits) {
        out += separator + (want.value ? want.key + " = \"" + *want.value + "\"" : "remove " + want.key);
        separator = ", ";
    }
    return out;
}

}  // namespace

std::string shell_word(std::string_view text)
{
    return quote_word(text);
}

std::vector<std::string> vm_command(std::string_view action, std::string_view vm_id)
{
    return {"vim-cmd", "vmsvc/" + std::string{action}, std::string{vm_id}};
}

std::vector<std::vector<std::string>> command_vectors(const Change& change, const HostFacts& facts)
{
    return std::visit([&](const auto& kind) { return vectors_of(kind, facts); }, change);
}

std::string render_command(const Step& step, const HostFacts& facts)
{
    std::string out;
    if (const auto* edit = std::get_if<EditVm>(&step.change))
        out = edit_words(*edit, facts);
    for (const auto& vector : command_vectors(step.change, facts)) {
        out += out.empty() ? "" : "; ";
        for (std::size_t i = 0; i < vector.size(); ++i)
            out += (i ? " " : "") + shell_word(vector[i]);
    }
    return out;
}

}  // namespace gpupass::esxi
