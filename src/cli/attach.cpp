#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/gpu_argument.hpp"
#include "cli/proof.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <ostream>

namespace gpupass::cli {

namespace {

/// The words again, for history: with the address found instead of `auto`.
std::string command_text(const Options& o, const PciAddress& gpu)
{
    std::string text = fmt::format("attach {} --vm {}", to_string(gpu), o.vm);
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

}  // namespace

Result<int> attach(Context& context)
{
    if (auto guest = check_guest(context.options); !guest)
        return std::unexpected(guest.error());
    auto probed = probe_host(context);
    if (!probed)
        return std::unexpected(probed.error());
    const Options& o = context.options;
    const auto gpu = choose_gpu(probed->facts, o.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    const AttachRequest request{.gpu = *gpu, .vm = o.vm, .start = o.start, .move = o.move, .persist = o.persist, .consents = o.consents};
    const auto goal = probed->host.host->attach_goal(probed->facts, request);
    if (!goal)
        return std::unexpected(with_nearest_vm(goal.error(), probed->facts, o.vm));
    tell_persistence(context, probed->facts);
    return change(context, std::move(*probed), *goal, command_text(o, *gpu));
}

}  // namespace gpupass::cli
