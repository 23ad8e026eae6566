#include "cli/exit_code.hpp"
#include "cli/json_views.hpp"
#include "cli/report.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ostream>

namespace gpupass::cli {

namespace {

Colour colour_of(Impact impact)
{
    if (impact == Impact::host_reboot)
        return Colour::red;
    return impact == Impact::none ? Colour::none : Colour::yellow;
}

std::string impact_text(const Step& step)
{
    return to_string(step.impact) + (step.loses_console ? ", console goes dark" : "");
}

std::string warnings_text(const Plan& plan, const Paint& paint, std::size_t width)
{
    std::string text;
    for (const Warning& warning : plan.warnings) {
        text += paint(Colour::yellow, "warning:") + " " + wrap(printable(warning.text), width, 9);
        text += fmt::format(" [{}]\n", warning.id);
        if (!warning.source.empty())
            text += "         source: " + printable(warning.source) + "\n";
    }
    return text;
}

std::string blockers_text(const Plan& plan, const Paint& paint, std::size_t width)
{
    std::string text;
    for (const Blocker& blocker : plan.blockers) {
        text += paint(Colour::red, "blocked:") + " " + wrap(printable(blocker.why), width, 9);
        text += fmt::format(" [{}]\n", blocker.id);
        text += "    fix: " + wrap(printable(blocker.fix), width, 9) + "\n";
    }
    return text;
}

/// Each command in full on a line of its own: it is what will run.
std::string commands_text(const Plan& plan, const Paint& paint)
{
    std::string text = "\ncommands:\n";
    for (const Step& step : plan.steps)
        text += fmt::format("  {}  {}\n", paint(Colour::dim, step.id + ":"), printable(step.command));
    return text;
}

std::string steps_text(const Plan& plan, const Paint& paint)
{
    Table table;
    table.indent = 2;
    table.header = {"", "STEP", "WHAT", "IMPACT"};
    std::chrono::milliseconds total{};
    int number = 0;
    for (const Step& step : plan.steps) {
        total += step.expected;
        table.rows.push_back({{std::to_string(++number)},
                              {step.id, Colour::bold},
                              {step.title},
                              {impact_text(step), colour_of(step.impact)}});
    }
    return fmt::format("plan: {}\n{}  about {} in all\n{}", printable(plan.goal.sentence), table.render(paint),
                       duration_text(total), commands_text(plan, paint));
}

}  // namespace

std::string plan_text(const Plan& plan, const Paint& paint, std::size_t width)
{
    const std::string warnings = warnings_text(plan, paint, width);
    if (!plan.blockers.empty())
        return warnings + blockers_text(plan, paint, width);
    if (plan.steps.empty())
        return warnings + "nothing to do: " + printable(plan.goal.sentence) + " already\n";
    return warnings + steps_text(plan, paint);
}

int report_plan(const Plan& plan, bool json, Surroundings& around)
{
    around.out << (json ? plan_document(plan) : plan_text(plan, around.paint_out(), around.terminal.width));
    return plan.blockers.empty() ? exit_done : exit_blocked;
}

int report_blocked(const Plan& plan, bool json, Surroundings& around)
{
    const Error error{.kind = ErrorKind::blocked,
                      .what = "the plan is blocked, nothing was changed",
                      .where = {},
                      .next = "remove what blocks it, then run the same command again"};
    if (json) {
        around.out << plan_document(plan, &error);
        return exit_blocked;
    }
    around.err << plan_text(plan, around.paint_err(), around.terminal.width);
    return report_error(error, false, around);
}

}  // namespace gpupass::cli
