#include "cli/report.hpp"

#include "cli/exit_code.hpp"
#include "cli/inspect_view.hpp"
#include "cli/json_views.hpp"
#include "cli/text.hpp"
#include "cli/verdict_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

namespace gpupass::cli {

namespace {

std::string next_of(const RunRecord& run)
{
    const std::string undo = fmt::format("`gpupass --host {} undo`", run.uri);
    if (run.state == RunState::done)
        return "bring everything back: " + undo;
    return fmt::format("go on: `gpupass --host {} resume`, or bring everything back: {}", run.uri, undo);
}

std::string ending(const RunRecord& run, const Paint& paint)
{
    if (run.id == 0)
        return paint(Colour::green, "nothing to do") + ": " + printable(run.goal.sentence) + " already\n";
    const Colour colour = run.state == RunState::done ? Colour::green : Colour::yellow;
    std::string text = paint(colour, fmt::format("run {} {}", run.id, to_string(run.state)));
    text += run.state == RunState::done ? ": " + printable(run.goal.sentence) : "";
    return text + "\n";
}

int code_of(const RunOutcome& outcome, const std::optional<Verdict>& verdict)
{
    const RunState state = outcome.record.state;
    if (state == RunState::done || state == RunState::undone)
        return verdict && verdict->word == "not-working" ? exit_failed : exit_done;
    if (state == RunState::waiting || !outcome.error)
        return exit_open;
    return exit_code(outcome.error->kind);
}

void print_outcome(const RunOutcome& outcome, const std::optional<Verdict>& verdict, Surroundings& around)
{
    const auto width = around.terminal.width;
    around.out << ending(outcome.record, around.paint_out());
    if (verdict)
        around.out << verdict_text(*verdict, around.paint_out(), width);
    if (!outcome.findings.empty())
        around.err << findings_text(outcome.findings, around.paint_err(), width);
    if (outcome.error)
        around.err << error_text(*outcome.error, around.paint_err(), width);
    if (outcome.record.id > 0 && !outcome.record.undoes)
        around.err << " next: " << wrap(printable(next_of(outcome.record)), width, 7) << "\n";
}

}  // namespace

std::string error_text(const Error& error, const Paint& paint, std::size_t width)
{
    std::string text = paint(Colour::red, "error:") + " " + wrap(printable(error.what), width, 7) + "\n";
    if (!error.where.empty())
        text += "   at: " + wrap(printable(fmt::format("{}", fmt::join(error.where, ", "))), width, 7) + "\n";
    if (!error.next.empty())
        text += " next: " + wrap(printable(error.next), width, 7) + "\n";
    return text;
}

int report_error(const Error& error, bool json, Surroundings& around)
{
    if (json)
        around.out << error_document(error);
    else
        around.err << error_text(error, around.paint_err(), around.terminal.width);
    return exit_code(error.kind);
}

int report_outcome(const RunOutcome& outcome, const std::optional<Verdict>& verdict, bool json, Surroundings& around)
{
    if (json)
        around.out << run_document(outcome, verdict);
    else
        print_outcome(outcome, verdict, around);
    return code_of(outcome, verdict);
}

}  // namespace gpupass::cli
