#include "cli/run_choice.hpp"

#include "cli/change.hpp"
#include "cli/host_choice.hpp"
#include "transport/uri.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpupass::cli {

namespace {

bool names_hosts(const Options& options)
{
    return options.all || !options.hosts.empty();
}

std::string plain_uri(const std::string& text)
{
    const auto uri = parse_host_uri(text);
    return uri ? uri->text() : text;
}

/// UUIDs of the named hosts that were ever seen.
Result<std::vector<std::string>> named_uuids(Context& context, Journal& journal)
{
    const auto hosts = choose_hosts(context.options, context.around.config_folder);
    if (!hosts)
        return std::unexpected(hosts.error());
    std::vector<std::string> uuids;
    for (const HostChoice& host : *hosts) {
        const auto uuid = journal.host_seen_at(plain_uri(host.uri));
        if (!uuid)
            return std::unexpected(uuid.error());
        if (*uuid)
            uuids.push_back(**uuid);
    }
    return uuids;
}

std::unexpected<Error> no_run(const std::string& what)
{
    return fail(ErrorKind::not_found, what, "`gpupass history` lists the runs");
}

/// Several hosts may have runs: without --host the journal must leave no doubt.
Result<RunRecord> only_host(const std::vector<RunRecord>& runs, const std::string& none)
{
    if (runs.empty())
        return no_run(none);
    const RunRecord& newest = runs.front();
    if (!std::ranges::all_of(runs, [&](const RunRecord& run) { return run.host_uuid == newest.host_uuid; }))
        return fail(ErrorKind::usage, "runs of several hosts could be meant", "name the host with --host");
    return newest;
}

Result<RunRecord> newest_where(Context& context, bool (*wanted)(const RunRecord&), const std::string& none)
{
    auto runs = runs_of_named_hosts(context);
    if (!runs)
        return std::unexpected(runs.error());
    std::erase_if(*runs, [&](const RunRecord& run) { return !wanted(run); });
    return only_host(*runs, none);
}

}  // namespace

Result<std::vector<RunRecord>> runs_of_named_hosts(Context& context)
{
    auto journal = existing_journal(context.around);
    if (!journal)
        return std::unexpected(journal.error());
    if (!*journal)
        return std::vector<RunRecord>{};
    auto runs = (*journal)->runs("");
    if (!runs || !names_hosts(context.options))
        return runs;
    const auto uuids = named_uuids(context, **journal);
    if (!uuids)
        return std::unexpected(uuids.error());
    std::erase_if(*runs, [&](const RunRecord& run) { return std::ranges::find(*uuids, run.host_uuid) == uuids->end(); });
    return runs;
}

Result<RunRecord> run_to_undo(Context& context)
{
    if (!context.options.run)
        return newest_where(
            context, [](const RunRecord& run) { return !run.undoes && run.state != RunState::undone; },
            "there is no run to undo");
    auto journal = existing_journal(context.around);
    if (!journal)
        return std::unexpected(journal.error());
    if (!*journal)
        return no_run(fmt::format("there is no run {}", *context.options.run));
    return (*journal)->read_run(*context.options.run);
}

Result<RunRecord> run_to_resume(Context& context)
{
    return newest_where(context, [](const RunRecord& run) { return !run.is_closed(); },
                        "no run is open: there is nothing to resume");
}

Result<HostChoice> host_of_run(Context& context, const RunRecord& run)
{
    if (names_hosts(context.options))
        return choose_host(context.options, context.around.config_folder);
    Options options = context.options;
    options.hosts = {run.uri};
    return choose_host(options, context.around.config_folder);
}

}  // namespace gpupass::cli
