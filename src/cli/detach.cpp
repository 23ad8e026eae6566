#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/gpu_argument.hpp"

namespace gpupass::cli {

Result<int> detach(Context& context)
{
    auto probed = probe_host(context);
    if (!probed)
        return std::unexpected(probed.error());
    const auto gpu = choose_gpu(probed->facts, context.options.gpu);
    if (!gpu)
        return std::unexpected(gpu.error());
    const auto goal =
        probed->host.host->detach_goal(probed->facts, {.gpu = *gpu, .consents = context.options.consents});
    if (!goal)
        return std::unexpected(goal.error());
    return change(context, std::move(*probed), *goal, "detach " + to_string(*gpu));
}

}  // namespace gpupass::cli
