#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_views.hpp"
#include "cli/run_choice.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <ostream>

namespace gpupass::cli {

namespace {

std::string time_text(std::int64_t seconds)
{
    const auto moment = static_cast<std::time_t>(seconds);
    std::tm local{};
    return localtime_r(&moment, &local) ? fmt::format("{:%Y-%m-%d %H:%M}", local) : std::to_string(seconds);
}

Colour colour_of(RunState state)
{
    if (state == RunState::done)
        return Colour::green;
    return state == RunState::failed ? Colour::red : state == RunState::undone ? Colour::dim : Colour::yellow;
}

std::string table_text(const std::vector<RunRecord>& runs, const Paint& paint)
{
    Table table;
    table.header = {"RUN", "BEGUN", "HOST", "STATE", "COMMAND", "WHY"};
    for (const RunRecord& run : runs)
        table.rows.push_back({{std::to_string(run.id)},
                              {time_text(run.started_at)},
                              {run.host_name},
                              {to_string(run.state), colour_of(run.state)},
                              {run.command},
                              {run.message}});
    return table.render(paint);
}

}  // namespace

Result<int> history(Context& context)
{
    const auto runs = runs_of_named_hosts(context);
    if (!runs)
        return std::unexpected(runs.error());
    if (context.options.json)
        context.around.out << history_document(*runs);
    else if (runs->empty())
        context.around.out << "nothing was done yet\n";
    else
        context.around.out << table_text(*runs, context.around.paint_out());
    return exit_done;
}

}  // namespace gpupass::cli
