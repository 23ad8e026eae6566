#include "diagnose/diagnose.hpp"

#include "cli/commands.hpp"
#include "cli/diagnose_view.hpp"
#include "cli/exit_code.hpp"
#include "cli/host_choice.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

namespace gpupass::cli {

namespace {

namespace fs = std::filesystem;

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

std::string content_of(const fs::path& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// The user's own rules: a folder that was named, else the one beside hosts.yaml if there is one.
Result<std::vector<Rule>> own_rules(const Context& context)
{
    const std::string& named = context.options.rules_folder;
    const fs::path folder = named.empty() ? context.around.config_folder / "rules" : fs::path{named};
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".yaml")
            files.push_back(entry->path());
    if (error && !named.empty())
        return at(Error{.kind = ErrorKind::not_found, .what = error.message(), .where = {}, .next = {}}, folder.string());
    std::ranges::sort(files);
    std::vector<Rule> all;
    for (const fs::path& file : files) {
        auto rules = parse_rules(content_of(file), file.string());
        if (!rules)
            return std::unexpected(std::move(rules.error()));
        std::ranges::move(*rules, std::back_inserter(all));
    }
    return all;
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
    auto own = own_rules(context);
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
