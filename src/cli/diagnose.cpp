#include "diagnose/diagnose.hpp"

#include "cli/commands.hpp"
#include "cli/diagnose_view.hpp"
#include "cli/exit_code.hpp"
#include "cli/host_choice.hpp"
#include "cli/own_rules.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <ostream>

namespace gpupass::cli {

namespace {

constexpr std::chrono::seconds probe_time{120};

Result<Told> read_facts(const std::vector<std::string>& words)
{
    Told told;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == word.npos || equals == 0)
            return fail(ErrorKind::usage, fmt::format("`--fact {}` is not KEY=VALUE", printable(word)),
                        "for one: --fact gpu=8086:9a49 --fact side=guest-linux --fact kernel=6.8");
        told.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    return told;
}

/// The host's facts and logs, for a request that has none of its own.
struct HostView {
    HostFacts facts;
    std::vector<LogText> logs;
};

Result<HostView> look_at_host(Context& context, bool with_logs)
{
    const auto choice = choose_host(context.options, context.around.config_folder);
    if (!choice)
        return std::unexpected(choice.error());
    auto opened = context.around.open(*choice, {}, context.around);
    if (!opened)
        return at(std::move(opened.error()), "host " + choice->label);
    auto facts = opened->host->probe(Deadline::in(probe_time));
    if (!facts)
        return at(std::move(facts.error()), "host " + choice->label);
    HostView view{std::move(*facts), {}};
    if (with_logs)
        view.logs = opened->host->logs(view.facts);
    return view;
}

/// What the probe found wrong by itself stands beside what the logs say.
void add_findings(Diagnosis& diagnosis, const HostFacts& facts)
{
    for (const Finding& finding : facts.findings)
        if (std::ranges::find(diagnosis.findings, finding.id, &Finding::id) == diagnosis.findings.end())
            diagnosis.findings.push_back(finding);
    std::ranges::stable_sort(diagnosis.findings, {}, &Finding::severity);
}

bool is_problem(const Finding& finding) { return finding.severity != Severity::info; }

Result<Diagnosis> diagnose_with(const RuleSet& rules, Context& context)
{
    const Options& options = context.options;
    DiagnoseRequest request{.files = options.logs, .texts = {}, .told = {}, .host = nullptr};
    std::ranges::copy(options.bundles, std::back_inserter(request.files));
    auto told = read_facts(options.facts);
    if (!told)
        return std::unexpected(std::move(told.error()));
    request.told = std::move(*told);
    const bool asks_host = !options.hosts.empty() || (request.files.empty() && request.told.empty());
    Result<HostView> host;
    if (asks_host) {
        host = look_at_host(context, request.files.empty());
        if (!host)
            return std::unexpected(std::move(host.error()));
        request.host = &host->facts;
        request.texts = std::move(host->logs);
    }
    auto diagnosis = gpupass::diagnose(rules, request);
    if (diagnosis && asks_host)
        add_findings(*diagnosis, host->facts);
    return diagnosis;
}

Result<Diagnosis> diagnose_all(Context& context)
{
    auto own = own_rules(context.options.rules_folder, context.around.config_folder);
    if (!own)
        return std::unexpected(std::move(own.error()));
    if (own->empty())
        return diagnose_with(RuleSet::builtin(), context);
    const auto rules = RuleSet::builtin_and(std::move(*own));
    if (!rules)
        return std::unexpected(rules.error());
    return diagnose_with(*rules, context);
}

}  // namespace

Result<int> diagnose(Context& context)
{
    const auto began = std::chrono::steady_clock::now();
    const auto diagnosis = diagnose_all(context);
    if (!diagnosis)
        return std::unexpected(diagnosis.error());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    Surroundings& around = context.around;
    around.out << (context.options.json ? diagnosis_document(*diagnosis, took.count())
                                        : diagnosis_text(*diagnosis, around.paint_out(), around.terminal.width));
    return std::ranges::any_of(diagnosis->findings, is_problem) ? exit_failed : exit_done;
}

}  // namespace gpupass::cli
