#include "cli/inspect_view.hpp"

#include "cli/gpu_argument.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

// Whether a GPU can be given to a VM is asked of the planner itself, VM by VM: the answer of `inspect` and that of
// `attach --plan` cannot differ.

namespace gpupass::cli {

namespace {

constexpr std::size_t most_vms_tried = 16;  // a plan each; hosts with more VMs are told about the first

bool has_device(const Vm& vm, const PciAddress& address)
{
    return std::ranges::any_of(vm.devices, [&](const VmDevice& d) { return d.present && d.address == address; });
}

/// The VM that has the function; one that runs goes before one that could.
std::optional<std::string> holder_of(const HostFacts& facts, const PciAddress& address)
{
    const Vm* holder = nullptr;
    for (const Vm& vm : facts.vms)
        if (has_device(vm, address) && (!holder || (vm.power == Power::on && holder->power != Power::on)))
            holder = &vm;
    return holder ? std::optional{holder->name} : std::nullopt;
}

std::string state_text(const PciDevice& device)
{
    const bool known = !device.configured_owner.empty() && !device.current_owner.empty();
    return known ? to_string(state_of(device)) : "unknown";
}

/// Why this VM cannot have the GPU; "" when it can.
std::string obstacle(const Host& host, const HostFacts& facts, const PciAddress& gpu, const Vm& vm)
{
    const auto goal = host.attach_goal(facts, {.gpu = gpu, .vm = vm.id, .start = true, .consents = {}});
    if (!goal)
        return goal.error().what;
    const Plan plan = host.plan(facts, *goal);
    return plan.blockers.empty() ? "" : plan.blockers.front().why;
}

struct Candidates {
    std::vector<std::string> able;
    std::vector<std::pair<std::string, std::string>> unable;  // VM, why
};

Candidates try_vms(const Host& host, const HostFacts& facts, const PciAddress& gpu)
{
    Candidates found;
    for (const Vm& vm : facts.vms) {
        if (found.able.size() + found.unable.size() == most_vms_tried)
            break;
        auto why = obstacle(host, facts, gpu, vm);
        if (why.empty())
            found.able.push_back(vm.name);
        else
            found.unable.emplace_back(vm.name, std::move(why));
    }
    return found;
}

/// When every VM meets the same obstacle, it is the host's or the GPU's, and is said once.
bool same_for_all(const Candidates& c)
{
    return c.able.empty() &&
           std::ranges::all_of(c.unable, [&](const auto& entry) { return entry.second == c.unable.front().second; });
}

std::string unable_text(const Candidates& c)
{
    std::vector<std::string> parts;
    for (const auto& [vm, why] : c.unable)
        parts.push_back(fmt::format("not to {}: {}", vm, why));
    return fmt::format("{}", fmt::join(parts, "; "));
}

Mode assignable(const Host& host, const HostFacts& facts, const PciDevice& device, const Mode& passthrough)
{
    if (!passthrough.possible)
        return {false, "not assignable: " + passthrough.why};
    if (facts.vms.empty() && !facts.vm_manager.empty())
        return {true, "assignable, but which VMs there are is not known"};
    if (facts.vms.empty())
        return {true, "assignable, but this host has no VM"};
    const Candidates found = try_vms(host, facts, device.address);
    if (same_for_all(found))
        return {false, "not assignable: " + found.unable.front().second};
    if (found.able.empty())
        return {false, "not assignable now: " + unable_text(found)};
    const std::string able = fmt::format("assignable to {}", fmt::join(found.able, ", "));
    return {true, found.unable.empty() ? able : able + "; " + unable_text(found)};
}

/// The generation's word, and above it what the host itself says of this function.
Modes modes_here(const HostFacts& facts, const PciDevice& device)
{
    Modes modes = modes_of(device.id, facts.kind);
    if (device.most_virtual_functions.value_or(0) > 0)
        modes.sriov = {true, fmt::format("the driver {} offers {} virtual functions now, {} are made", device.driver, *device.most_virtual_functions, device.virtual_functions.value_or(0))};
    if (!device.mdev_types.empty())
        modes.gvtg = {true, fmt::format("the driver {} offers {} now", device.driver, fmt::join(device.mdev_types, ", "))};
    if (device.passthrough_capable == false)
        modes.passthrough = {false, "the host says that this function cannot be passed through"};
    else if (facts.iommu == false && facts.iommu_in_firmware == true && facts.is_amd)
        modes.passthrough = {false, "the IOMMU is off, though the firmware offers one: take amd_iommu=off or iommu=off out of the kernel command line"};
    else if (facts.iommu == false && facts.iommu_in_firmware == true)
        modes.passthrough.why += "; the IOMMU is off now, and the kernel has to be told to use it, which needs a reboot of the host";
    else if (facts.iommu == false)
        modes.passthrough = {false, "the IOMMU is off: turn on VT-d (or AMD-Vi) in the firmware setup"};
    return modes;
}

GpuView view_of(const Host* host, const HostFacts& facts, const PciDevice& device)
{
    const GpuModel* model = find_gpu_model(device.id);
    GpuView view{.device = &device,
                 .name = device_name(device),
                 .generation = model ? std::string{model->codename} : "",
                 .owner = device.current_owner,
                 .vm = holder_of(facts, device.address),
                 .state = state_text(device),
                 .modes = modes_here(facts, device),
                 .assignable = {}};
    view.assignable = host ? assignable(*host, facts, device, view.modes.passthrough)
                           : Mode{view.modes.passthrough.possible, "not tried VM by VM for many hosts at once: inspect this host alone"};
    return view;
}

}  // namespace

InspectView inspect_view(const Host& host, const HostFacts& facts, std::string uri)
{
    InspectView view{.uri = std::move(uri), .facts = facts, .gpus = {}};
    for (const PciDevice* device : gpus(facts))
        view.gpus.push_back(view_of(&host, facts, *device));
    return view;
}

InspectView inspect_view(const HostFacts& facts, std::string uri)
{
    InspectView view{.uri = std::move(uri), .facts = facts, .gpus = {}};
    for (const PciDevice* device : gpus(facts))
        view.gpus.push_back(view_of(nullptr, facts, *device));
    return view;
}

}  // namespace gpupass::cli
