#include "cli/inspect_fleet.hpp"

#include "cli/exit_code.hpp"
#include "cli/inspect_view.hpp"
#include "cli/json_views.hpp"
#include "cli/report.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

namespace gpupass::cli {

namespace {

constexpr std::chrono::minutes probe_time{10};
constexpr std::size_t names_shown = 8;

/// Hosts of which the same is to be said.
struct Alike {
    std::string text;                // what there is, without the hosts' own names
    std::vector<std::string> hosts;
    int code{exit_done};
};

std::string plural(std::size_t count, const char* one)
{
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string essence(const InspectView& view)
{
    const HostFacts& facts = view.facts;
    std::string out = fmt::format("ESXi {}, build {}, {}{}\n", printable(facts.version), printable(facts.build), printable(facts.model),
                                  facts.maintenance.value_or(false) ? ", in maintenance mode" : "");
    for (const GpuView& gpu : view.gpus)
        out += fmt::format("  {}  {}  {}: {}{}\n", to_string(gpu.device->address), to_string(gpu.device->id), printable(gpu.name), gpu.state,
                           gpu.vm ? ", in a VM's configuration" : "");
    if (view.gpus.empty())
        out += "  no GPU\n";
    return out;
}

std::string csv_cell(const std::string& text)
{
    const std::string shown = printable(text);
    // A spreadsheet takes these as the beginning of a formula.
    const bool is_formula = !shown.empty() && std::string_view{"=+-@"}.contains(shown.front());
    std::string out = is_formula ? "\"'" : "\"";
    for (const char c : shown)
        out += c == '"' ? "\"\"" : std::string(1, c);
    return out + '"';
}

constexpr const char* csv_head = "host,cluster,version,build,model,address,id,name,state,configured,in effect,vm\n";

void add_csv(std::string& out, const FleetHost& host, const InspectView& view)
{
    for (const GpuView& gpu : view.gpus) {
        const PciDevice& device = *gpu.device;
        const char* separator = "";
        for (const std::string& cell : {host.name, host.group, view.facts.version, view.facts.build, view.facts.model, to_string(device.address),
                                        to_string(device.id), gpu.name, gpu.state, device.configured_owner, device.current_owner, gpu.vm.value_or("")}) {
            out += separator + csv_cell(cell);
            separator = ",";
        }
        out += "\n";
    }
}

bool is_wanted(const InspectView& view, const Options& options)
{
    return std::ranges::any_of(view.gpus, [&](const GpuView& gpu) {
               return (options.only_gpu.empty() || to_string(gpu.device->id) == options.only_gpu) && (options.only_state.empty() || gpu.state == options.only_state);
           }) || (options.only_gpu.empty() && options.only_state.empty());
}

/// Takes hosts one by one, and keeps of each only what will be shown.
class Report {
public:
    Report(const OpenedHost& opened, Context& context) : uri_{opened.uri}, context_{context} {}

    void take(const FleetHost& host, Result<HostFacts> facts)
    {
        const std::string uri = uri_ + "/" + host.name;
        if (!facts) {
            const int code = exit_code(facts.error().kind);
            worst_ = std::max(worst_, code);
            if (context_.options.json)
                documents_.push_back(inspect_error_document(uri, facts.error()));
            else if (context_.options.csv)
                context_.around.err << printable(host.name) << ": " << error_text(facts.error(), context_.around.paint_err(), context_.around.terminal.width);
            else
                add("error: " + facts.error().what + "\n", host.name);
            return;
        }
        const InspectView view = inspect_view(*facts, uri);
        if (!is_wanted(view, context_.options))
            return;
        if (context_.options.json)
            documents_.push_back(inspect_document(view));
        else if (context_.options.csv)
            add_csv(csv_, host, view);
        else
            add(essence(view), host.name);
    }

    int print()
    {
        std::ostream& out = context_.around.out;
        if (context_.options.json)
            out << hosts_document(documents_);
        else if (context_.options.csv)
            out << csv_head << csv_;
        else
            print_groups(out);
        return worst_;
    }

private:
    void add(const std::string& text, const std::string& host)
    {
        const auto [place, is_new] = places_.emplace(text, groups_.size());
        if (is_new)
            groups_.push_back({.text = text, .hosts = {}});
        groups_[place->second].hosts.push_back(host);
    }

    void print_groups(std::ostream& out)
    {
        std::ranges::stable_sort(groups_, std::ranges::greater{}, [](const Alike& group) { return group.hosts.size(); });
        std::size_t all = 0;
        for (const Alike& group : groups_)
            all += group.hosts.size();
        out << printable(uri_) << ": " << plural(all, "host");
        if (groups_.size() == 1)
            out << ", all agree";
        else if (!groups_.empty())
            out << fmt::format("; {} agree, {} differ{}", groups_.front().hosts.size(), all - groups_.front().hosts.size(), all - groups_.front().hosts.size() == 1 ? "s" : "");
        out << "\n";
        for (const Alike& group : groups_) {
            out << "\n" << plural(group.hosts.size(), "host") << ": ";
            for (std::size_t i = 0; i < std::min(group.hosts.size(), names_shown); ++i)
                out << (i ? ", " : "") << printable(group.hosts[i]);
            if (group.hosts.size() > names_shown)
                out << fmt::format(" and {} more", group.hosts.size() - names_shown);
            out << "\n  " << group.text;
        }
        if (!groups_.empty())
            out << "\nOne of them alone: gpupass --host " << printable(uri_) << "/NAME inspect\n";
    }

    std::string uri_;
    Context& context_;
    std::vector<Alike> groups_;
    std::map<std::string, std::size_t> places_;
    std::vector<std::string> documents_;
    std::string csv_;
    int worst_{exit_done};
};

}  // namespace

Result<int> inspect_fleet(OpenedHost& opened, Context& context)
{
    Report report{opened, context};
    const auto read = opened.fleet->probe_all(context.options.cluster, [&](const FleetHost& host, Result<HostFacts> facts) { report.take(host, std::move(facts)); },
                                              Deadline::in(probe_time));
    if (!read)
        return std::unexpected(read.error());
    return report.print();
}

}  // namespace gpupass::cli
