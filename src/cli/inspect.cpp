#include "cli/inspect_view.hpp"

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/host_choice.hpp"
#include "cli/inspect_fleet.hpp"
#include "cli/json_views.hpp"
#include "cli/report.hpp"

#include <algorithm>
#include <atomic>
#include <ostream>
#include <thread>

namespace gpupass::cli {

namespace {

constexpr std::size_t most_at_once = 256;
constexpr std::chrono::seconds probe_time{120};

/// What is left of a host once it was read: text or document. Facts are dropped at once; hosts may be many.
struct Inspected {
    std::string text;
    int code{exit_done};
};

Result<std::string> read_host(OpenedHost& opened, Context& context)
{
    const auto facts = opened.host->probe(Deadline::in(probe_time));
    if (!facts)
        return std::unexpected(facts.error());
    const InspectView view = inspect_view(*opened.host, *facts, opened.uri);
    const Surroundings& around = context.around;
    return context.options.json ? inspect_document(view)
                                : inspect_text(view, around.paint_out(), around.terminal.width);
}

Result<std::string> open_and_read(const HostChoice& choice, Context& context)
{
    auto opened = context.around.open(choice, {.may_ask = false}, context.around);
    if (!opened)
        return std::unexpected(opened.error());
    return read_host(*opened, context);
}

/// Options that mean something for many hosts only.
bool is_for_many(const Options& options)
{
    return options.csv || !options.cluster.empty() || !options.only_gpu.empty() || !options.only_state.empty();
}

/// What is behind one address: one host, or many.
Result<int> inspect_address(const HostChoice& choice, Context& context)
{
    auto opened = context.around.open(choice, {}, context.around);
    if (!opened)
        return std::unexpected(opened.error());
    const auto size = opened->fleet ? opened->fleet->size(Deadline::in(probe_time)) : Result<std::size_t>{1};
    if (!size)
        return std::unexpected(size.error());
    if (opened->fleet && (*size > 1 || is_for_many(context.options)))
        return inspect_fleet(*opened, context);
    if (is_for_many(context.options))
        return fail(ErrorKind::usage, "--csv, --cluster, --gpu and --state are for the hosts of a vCenter", "leave them out, or name it: --host vsphere://VCENTER");
    auto text = read_host(*opened, context);
    if (!text)
        return std::unexpected(std::move(text.error()));
    context.around.out << *text;
    return exit_done;
}

Inspected inspect_one(const HostChoice& choice, Context& context)
{
    auto text = open_and_read(choice, context);
    if (text)
        return {std::move(*text)};
    Error error = std::move(text.error());
    error.where.push_back("host " + choice.label);
    const int code = exit_code(error.kind);
    if (context.options.json)
        return {inspect_error_document(choice.uri, error), code};
    return {error_text(error, context.around.paint_out(), context.around.terminal.width), code};
}

std::vector<Inspected> inspect_in_parallel(const std::vector<HostChoice>& hosts, Context& context)
{
    std::vector<Inspected> results(hosts.size());
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(hosts.size(), most_at_once); ++i)
        threads.emplace_back([&] {
            for (std::size_t host = next++; host < hosts.size(); host = next++)
                results[host] = inspect_one(hosts[host], context);
        });
    threads.clear();  // joins
    return results;
}

int print_all(std::vector<Inspected> results, Context& context)
{
    int worst = exit_done;
    std::vector<std::string> texts;
    for (Inspected& result : results) {
        worst = std::max(worst, result.code);
        texts.push_back(std::move(result.text));
    }
    if (context.options.json) {
        context.around.out << hosts_document(texts);
        return worst;
    }
    for (std::size_t i = 0; i < texts.size(); ++i)
        context.around.out << (i > 0 ? "\n" : "") << texts[i];
    return worst;
}

}  // namespace

Result<int> inspect(Context& context)
{
    const auto hosts = choose_hosts(context.options, context.around.config_folder);
    if (!hosts)
        return std::unexpected(hosts.error());
    if (context.options.all || hosts->size() > 1)
        return print_all(inspect_in_parallel(*hosts, context), context);
    auto code = inspect_address(hosts->front(), context);
    return code ? code : at(std::move(code.error()), "host " + hosts->front().label);
}

}  // namespace gpupass::cli
