#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/fleet_change.hpp"
#include "cli/gpu_argument.hpp"
#include "cli/proof.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <ostream>

namespace gpupass::cli {

namespace {

/// The words again, for history: with the address found instead of `auto`.
std::string command_text(const Options& o, const std::string& gpu)
{
    std::string text = fmt::format("attach {} --vm {}", gpu, o.vm);
    text += o.start ? " --start" : "";
    text += o.move ? " --move" : "";
    return text;
}

Error with_nearest_vm(Error error, const HostFacts& facts, const std::string& name)
{
    std::vector<std::string> names;
    for (const Vm& vm : facts.vms)
        names.push_back(vm.name);
    if (const auto near = nearest(name, names); near && error.kind == ErrorKind::not_found)
        error.next = fmt::format("did you mean VM `{}`?", *near);
    return error;
}

void tell_persistence(Context& context, const HostFacts& facts)
{
    if (context.options.persist && facts.kind == "esxi" && !context.options.json)
        context.around.err << "note: on ESXi an attached GPU always stays attached over reboots; --persist adds nothing\n";
}

AttachRequest request_of(const Options& o, const PciAddress& gpu, const std::string& vm)
{
    return {.gpu = gpu, .vm = vm, .start = o.start, .move = o.move, .persist = o.persist, .consents = o.consents};
}

/// On one of many hosts: the VM whose name fits the pattern, where there is one.
Result<Goal> fleet_goal(const Host& host, const HostFacts& facts, const Options& o)
{
    const auto gpu = choose_gpu(facts, o.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    std::vector<const Vm*> fitting;
    for (const Vm& vm : facts.vms)
        if (fnmatch(o.vm.c_str(), vm.name.c_str(), 0) == 0)
            fitting.push_back(&vm);
    if (fitting.empty())
        return fail(ErrorKind::not_found, "no VM of this host fits " + o.vm);
    if (fitting.size() > 1)
        return fail(ErrorKind::usage, fmt::format("{} VMs of this host fit {}", fitting.size(), o.vm), "write a pattern that fits one");
    return host.attach_goal(facts, request_of(o, *gpu, fitting.front()->id));
}

}  // namespace

Result<int> attach(Context& context)
{
    if (auto guest = check_guest(context); !guest)
        return std::unexpected(guest.error());
    auto address = open_address(context);
    if (!address)
        return std::unexpected(std::move(address.error()));
    const Options& o = context.options;
    if (address->many)
        return change_fleet(context, *address, command_text(o, o.gpu), [&](const Host& host, const HostFacts& facts) { return fleet_goal(host, facts, o); });
    auto probed = probe_opened(std::move(address->opened), address->choice.label);
    if (!probed)
        return std::unexpected(probed.error());
    const auto gpu = choose_gpu(probed->facts, o.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    const auto goal = probed->host.host->attach_goal(probed->facts, request_of(o, *gpu, o.vm));
    if (!goal)
        return std::unexpected(with_nearest_vm(goal.error(), probed->facts, o.vm));
    tell_persistence(context, probed->facts);
    return change(context, std::move(*probed), *goal, command_text(o, to_string(*gpu)));
}

}  // namespace gpupass::cli
