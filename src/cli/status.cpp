#include "apply/lock.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_views.hpp"
#include "cli/run_choice.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <ostream>

// Works from the journal alone: it answers while the host is away.

namespace gpupass::cli {

namespace {

/// Whoever works on the host holds its lock; a dead process holds nothing.
bool is_in_flight(const Surroundings& around, const RunRecord& run)
{
    const auto lock = HostLock::take(around.state_folder, run.host_uuid, "gpupass status");
    return !lock && lock.error().kind == ErrorKind::busy;
}

std::string state_text(const OpenRun& run)
{
    if (run.in_flight)
        return "runs now";
    return run.record.state == RunState::running ? "was interrupted" : to_string(run.record.state);
}

Cell step_cell(const StepRecord& step)
{
    switch (step.state) {
    case StepState::done: return {"done", Colour::green};
    case StepState::failed: return {"failed", Colour::red};
    case StepState::begun: return {"begun, in doubt", Colour::yellow};
    case StepState::planned:
    case StepState::skipped: return {to_string(step.state), Colour::dim};
    }
    return {};
}

std::string run_text(const OpenRun& run, const Paint& paint)
{
    const RunRecord& r = run.record;
    std::string text = fmt::format("run {} on {}: {}\n  {}", r.id, paint(Colour::bold, printable(r.host_name)),
                                   printable(r.command), state_text(run));
    text += r.message.empty() ? "\n" : ": " + printable(r.message) + "\n";
    Table table;
    table.indent = 2;
    table.header = {"STEP", "STATE"};
    for (const StepRecord& step : r.steps)
        table.rows.push_back({{step.title}, step_cell(step)});
    text += table.render(paint);
    if (!run.in_flight)
        text += fmt::format("  go on: `gpupass --host {0} resume`; back: `gpupass --host {0} undo`\n", printable(r.uri));
    return text;
}

}  // namespace

Result<int> status(Context& context)
{
    const auto records = runs_of_named_hosts(context);
    if (!records)
        return std::unexpected(records.error());
    std::vector<OpenRun> open;
    for (const RunRecord& record : *records)
        if (!record.is_closed())
            open.push_back({record, is_in_flight(context.around, record)});
    if (context.options.json)
        context.around.out << status_document(open);
    else if (open.empty())
        context.around.out << "no run is open\n";
    else
        for (const OpenRun& run : open)
            context.around.out << run_text(run, context.around.paint_out());
    return open.empty() ? exit_done : exit_open;
}

}  // namespace gpupass::cli
