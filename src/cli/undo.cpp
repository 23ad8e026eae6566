#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_views.hpp"
#include "cli/report.hpp"
#include "cli/run_choice.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <ostream>

namespace gpupass::cli {

namespace {

/// The sheet was written here before the first step, so it is there when the host is not.
Result<int> print_rescue_sheet(Context& context, const RunRecord& run)
{
    const auto path = context.around.state_folder / "rescue" / fmt::format("run-{}.txt", run.id);
    std::ifstream file{path};
    if (!file)
        return fail(ErrorKind::not_found, fmt::format("run {} has no rescue sheet at {}", run.id, path.string()),
                    "`gpupass undo` goes back by itself; each run leaves its sheet on the host's datastore too");
    const std::string sheet{std::istreambuf_iterator<char>{file}, {}};
    context.around.out << (context.options.json ? rescue_document(run.id, sheet) : sheet);
    return exit_done;
}

Result<int> show_plan(Context& context, OpenedHost& host, const RunRecord& run)
{
    const auto facts = host.host->probe(Deadline::in(std::chrono::seconds{120}));
    if (!facts)
        return std::unexpected(facts.error());
    const auto journal = existing_journal(context.around);
    if (!journal)
        return std::unexpected(journal.error());
    if (*journal)
        if (auto undoable = check_undoable(**journal, run, *facts); !undoable)
            return std::unexpected(undoable.error());
    Goal goal = undo_goal(run, context.options.consents);
    keep_running(goal, facts->settings);
    return report_plan(host.host->plan(*facts, goal), context.options.json, context.around);
}

}  // namespace

Result<int> undo(Context& context)
{
    const auto run = run_to_undo(context);
    if (!run)
        return std::unexpected(run.error());
    if (context.options.print)
        return print_rescue_sheet(context, *run);
    const auto choice = host_of_run(context, *run);
    if (!choice)
        return std::unexpected(choice.error());
    auto host = context.around.open(*choice, {}, context.around);
    if (!host)
        return std::unexpected(host.error());
    if (context.options.plan)
        return show_plan(context, *host, *run);
    const auto options = run_options(context, host->uri, fmt::format("undo {}", run->id));
    return run_and_report(context, *host, run->host_name, [&](Journal& journal, RunTalk& talk) {
        return undo_run(*host->host, journal, run->id, context.options.consents, options, talk);
    });
}

}  // namespace gpupass::cli
