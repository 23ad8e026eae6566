#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/fleet_change.hpp"
#include "cli/gpu_argument.hpp"

namespace gpupass::cli {

namespace {

Result<Goal> goal_of(const Host& host, const HostFacts& facts, const Options& options)
{
    const auto gpu = choose_gpu(facts, options.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    return host.detach_goal(facts, {.gpu = *gpu, .consents = options.consents});
}

}  // namespace

Result<int> detach(Context& context)
{
    auto address = open_address(context);
    if (!address)
        return std::unexpected(std::move(address.error()));
    if (address->many)
        return change_fleet(context, *address, "detach " + context.options.gpu, [&](const Host& host, const HostFacts& facts) { return goal_of(host, facts, context.options); });
    auto probed = probe_opened(std::move(address->opened), address->choice.label);
    if (!probed)
        return std::unexpected(probed.error());
    const auto goal = goal_of(*probed->host.host, probed->facts, context.options);
    if (!goal)
        return std::unexpected(goal.error());
    const auto gpu = choose_gpu(probed->facts, context.options.gpu);
    return change(context, std::move(*probed), *goal, "detach " + to_string(*gpu));
}

}  // namespace gpupass::cli
