#include "cli/commands.hpp"
#include "cli/demo_stage.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_views.hpp"
#include "cli/signals.hpp"

#include <ostream>

namespace gpupass::cli {

Result<int> demo(Context& context)
{
    const CountStopWishes counting;  // so that Ctrl-C takes the stage down too
    auto stage = DemoStage::open(context);
    if (!stage)
        return std::unexpected(stage.error());
    const auto end = context.options.naive ? tell_naive_story(context, *stage) : tell_story(context, *stage);
    if (!end)
        return std::unexpected(end.error());
    if (context.options.json)
        context.around.out << demo_document(context.options.naive ? "naive" : "whole", end->verdict, end->simulated, end->restored);
    return exit_done;
}

}  // namespace gpupass::cli
