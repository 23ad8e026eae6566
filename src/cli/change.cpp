#include "cli/change.hpp"

#include "cli/exit_code.hpp"
#include "cli/host_choice.hpp"
#include "cli/proof.hpp"
#include "cli/report.hpp"
#include "cli/run_talk.hpp"
#include "cli/signals.hpp"

#include <fmt/format.h>

#include <optional>
#include <ostream>

namespace gpupass::cli {

namespace {

constexpr std::chrono::seconds probe_time{120};

}  // namespace

Error not_agreed(const Surroundings& around)
{
    if (around.terminal.in)
        return {.kind = ErrorKind::interrupted, .what = "not agreed to; nothing was changed", .where = {}, .next = ""};
    return {.kind = ErrorKind::interrupted,
            .what = "nobody could be asked whether to apply the plan, so nothing was changed",
            .where = {},
            .next = "run it on a terminal, or read the plan with --plan and give --yes"};
}

Result<Probed> probe_host(Context& context)
{
    const auto choice = choose_host(context.options, context.around.config_folder);
    if (!choice)
        return std::unexpected(choice.error());
    auto host = context.around.open(*choice, {}, context.around);
    if (!host)
        return std::unexpected(host.error());
    return probe_opened(std::move(*host), choice->label);
}

Result<Probed> probe_opened(OpenedHost opened, const std::string& label)
{
    auto facts = opened.host->probe(Deadline::in(probe_time));
    if (!facts)
        return at(std::move(facts.error()), "host " + label);
    return Probed{std::move(opened), std::move(*facts)};
}

RunOptions run_options(const Context& context, const std::string& uri, std::string command)
{
    return {.state_folder = context.around.state_folder, .uri = uri, .command = std::move(command)};
}

Result<std::unique_ptr<Journal>> existing_journal(const Surroundings& around)
{
    std::error_code error;
    if (!std::filesystem::exists(around.state_folder / "journal.db", error))
        return std::unique_ptr<Journal>{};
    return around.open_journal(around.state_folder);
}

Result<void> check_changeable(const OpenedHost& host)
{
    if (host.is_recording_only)
        return fail(ErrorKind::unsupported, "a recording cannot be changed",
                    "add --plan to see what would be done, or name the host itself");
    return {};
}

Result<int> run_and_report(Context& context, OpenedHost& host, const std::string& host_name, const RunIt& run)
{
    auto journal = context.around.open_journal(context.around.state_folder);
    if (!journal)
        return std::unexpected(journal.error());
    TerminalTalk talk{context.around, host_name, context.options.yes};
    std::optional<CountStopWishes> counting{std::in_place};
    auto outcome = run(**journal, talk);
    counting.reset();  // the proof changes nothing: Ctrl-C ends it
    if (!outcome && talk.declined()) {
        report_error(not_agreed(context.around), context.options.json, context.around);
        return exit_failed;  // no run was begun, so none is open
    }
    if (!outcome)
        return std::unexpected(outcome.error());
    std::optional<Verdict> verdict;
    if (outcome->record.state == RunState::done && !outcome->record.undoes)
        verdict = prove_in_guest(context, host, outcome->facts, outcome->record.goal);
    return report_outcome(*outcome, verdict, context.options.json, context.around);
}

Result<int> change(Context& context, Probed probed, const Goal& goal, const std::string& command)
{
    const Plan plan = probed.host.host->plan(probed.facts, goal);
    if (context.options.plan)
        return report_plan(plan, context.options.json, context.around);
    if (!plan.blockers.empty())
        return report_blocked(plan, context.options.json, context.around);
    if (auto changeable = check_changeable(probed.host); !changeable)
        return std::unexpected(changeable.error());
    const auto options = run_options(context, probed.host.uri, command);
    return run_and_report(context, probed.host, probed.facts.name, [&](Journal& journal, RunTalk& talk) {
        return start_run(*probed.host.host, journal, probed.facts, goal, options, talk);
    });
}

}  // namespace gpupass::cli
