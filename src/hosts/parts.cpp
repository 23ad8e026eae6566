#include "hosts/parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace gpupass {

namespace {

using std::chrono::seconds;

bool is_companion(const PciDevice& gpu, const PciDevice& other)
{
    const bool same_card = gpu.address.segment == other.address.segment && gpu.address.bus == other.address.bus &&
                           gpu.address.slot == other.address.slot && gpu.address != other.address;
    // Right behind the GPU: further on an APU has the sound of its board.
    return same_card && other.address.function == gpu.address.function + 1 && (other.class_code >> 8) == 0x04;
}

/// What the goal says of each VM's power: "on" or "off".
std::map<std::string, std::string> wanted_power(const Goal& goal)
{
    std::map<std::string, std::string> wanted;
    for (const Want& want : goal.wants)
        if (auto key = split_vm_key(want.key); key && key->key == "power")
            wanted.emplace(std::move(key->vm), want.value.value_or(""));
    return wanted;
}

}  // namespace

Result<const PciDevice*> find_gpu(const HostFacts& facts, const PciAddress& address)
{
    const PciDevice* device = find_device(facts, address);
    if (!device)
        return fail(ErrorKind::not_found, "no PCI device " + to_string(address) + " on this host",
                    "list its GPUs with `gpupass inspect`");
    return device;
}

Result<const Vm*> find_one_vm(const HostFacts& facts, const std::string& name)
{
    if (const Vm* vm = find_vm(facts, name))
        return vm;
    std::string ids;
    std::string names;
    for (const Vm& vm : facts.vms) {
        names += (names.empty() ? "" : ", ") + vm.name;
        if (vm.name == name)
            ids += (ids.empty() ? "" : ", ") + vm.id;
    }
    if (!ids.empty())
        return fail(ErrorKind::usage, "several VMs are called " + name, "name it by its id: " + ids);
    return fail(ErrorKind::not_found, "no VM " + name + " on this host", names.empty() ? "" : "it has: " + names);
}

Result<void> require_unique_name(const HostFacts& facts, const Vm& vm)
{
    if (std::ranges::count(facts.vms, vm.name, &Vm::name) == 1)
        return {};
    return fail(ErrorKind::blocked, "several VMs are called " + vm.name, "rename one of them first");
}

std::vector<const PciDevice*> functions_of(const HostFacts& facts, const PciDevice& gpu)
{
    std::vector<const PciDevice*> functions{&gpu};
    for (const PciDevice& other : facts.pci)
        if (is_companion(gpu, other))
            functions.push_back(&other);
    return functions;
}

const VmDevice* device_at(const Vm& vm, const PciAddress& address)
{
    const auto found = std::ranges::find(vm.devices, address, &VmDevice::address);
    return found == vm.devices.end() ? nullptr : &*found;
}

bool is_in(const std::vector<std::string>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

bool accepts(const Goal& goal, std::string_view what)
{
    return is_in(goal.consents.accept, what);
}

PowerNeeds power_needs(const HostFacts& facts, const Goal& goal, bool all, const std::vector<std::string>& edited)
{
    PowerNeeds needs;
    const auto wanted = wanted_power(goal);
    for (const Vm& vm : facts.vms) {
        const auto found = wanted.find(vm.name);
        const std::string power = found == wanted.end() ? "" : found->second;
        const bool stops = vm.power == Power::on && ((all && vm.mover == Mover::nobody) || is_in(edited, vm.name) || power == "off");
        if (stops)
            needs.to_stop.push_back(vm.name);
        if (power == "on" && vm.mover != Mover::cluster && (stops || vm.power == Power::off))
            needs.to_start.push_back(vm.name);
    }
    return needs;
}

std::vector<Want> power_sets(const std::vector<std::string>& vms, const char* power)
{
    std::vector<Want> sets;
    for (const std::string& vm : vms)
        sets.push_back({vm_key(vm, "power"), power});
    return sets;
}

Step stop_step(const std::vector<std::string>& to_stop, const Goal& goal, std::string why)
{
    StopVms stop;
    for (const std::string& vm : to_stop)
        (is_in(goal.consents.power_off, vm) ? stop.cut : stop.ask).push_back(vm);
    return {.id = "stop-guests",
            .title = fmt::format("Shut down {}", fmt::join(to_stop, ", ")),
            .why = std::move(why),
            .change = std::move(stop),
            .sets = power_sets(to_stop, "off"),
            .impact = Impact::vm_power_off,
            .expected = seconds{60}};
}

void add_start_steps(std::vector<Step>& steps, const std::vector<std::string>& to_start, const Goal& goal)
{
    std::vector<std::string> others = to_start;
    std::erase(others, goal.vm);
    if (is_in(to_start, goal.vm))
        steps.push_back({.id = "start-vm",
                         .title = "Start VM " + goal.vm,
                         .why = "it shall run in the end",
                         .change = StartVms{{goal.vm}},
                         .sets = power_sets({goal.vm}, "on"),
                         .expected = seconds{20}});
    if (!others.empty())
        steps.push_back({.id = "start-guests",
                         .title = fmt::format("Start {} again", fmt::join(others, ", ")),
                         .why = "what ran before shall run again; those the host starts by itself are left to it",
                         .change = StartVms{others},
                         .sets = power_sets(others, "on"),
                         .expected = seconds{30}});
}

}  // namespace gpupass
