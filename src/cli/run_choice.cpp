#include "cli/run_choice.hpp"

#include "cli/change.hpp"
#include "cli/host_choice.hpp"
#include "model/text.hpp"
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

/// Whether a run was made on a host behind that address.
bool is_behind(const RunRecord& run, const std::string& address)
{
    return address.starts_with("vsphere:") && run.uri.starts_with(address + "/");
}

/// What the named hosts are known by: their UUIDs, where they were ever seen, and their addresses.
struct Named {
    std::vector<std::string> uuids;
    std::vector<std::string> addresses;
    bool has(const RunRecord& run) const
    {
        return std::ranges::find(uuids, run.host_uuid) != uuids.end() || std::ranges::any_of(addresses, [&](const std::string& address) { return is_behind(run, address); });
    }
};

Result<Named> named_hosts(Context& context, Journal& journal)
{
    const auto hosts = choose_hosts(context.options, context.around.config_folder);
    if (!hosts)
        return std::unexpected(hosts.error());
    Named named;
    for (const HostChoice& host : *hosts) {
        named.addresses.push_back(plain_uri(host.uri));
        const auto uuid = journal.host_seen_at(named.addresses.back());
        if (!uuid)
            return std::unexpected(uuid.error());
        if (*uuid)
            named.uuids.push_back(**uuid);
    }
    return named;
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
        return fail(ErrorKind::usage, "runs of several hosts could be meant", "name the host with --host: " + printable(newest.uri));
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
    const auto named = named_hosts(context, **journal);
    if (!named)
        return std::unexpected(named.error());
    std::erase_if(*runs, [&](const RunRecord& run) { return !named->has(run); });
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
    if (names_hosts(context.options)) {
        auto choice = choose_host(context.options, context.around.config_folder);
        if (choice && is_behind(run, plain_uri(choice->uri)))
            choice->uri = choice->label = run.uri;
        return choice;
    }
    Options options = context.options;
    options.hosts = {run.uri};
    return choose_host(options, context.around.config_folder);
}

}  // namespace gpupass::cli
