#include "diagnose/diagnose.hpp"

#include "cli/commands.hpp"
#include "cli/diagnose_view.hpp"
#include "cli/exit_code.hpp"
#include "cli/host_choice.hpp"
#include "cli/own_rules.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <ostream>
#include <set>

namespace gpupass::cli {

namespace {

constexpr std::chrono::seconds probe_time{120};

std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

/// Facts that some rule asks for or some line can tell.
std::vector<std::string> known_keys(const RuleSet& rules)
{
    std::set<std::string> keys{"context", "gpu"};
    for (const Rule& rule : rules.rules())
        for (const auto* conditions : {&rule.facts, &rule.unless})
            for (const std::string& text : *conditions)
                if (const auto condition = parse_condition(text))
                    keys.insert(condition->fact);
    for (const Observation& observation : rules.observations())
        keys.insert(observation.fact);
    return {keys.begin(), keys.end()};
}

Result<Told> read_facts(const std::vector<std::string>& words, const RuleSet& rules)
{
    const auto keys = words.empty() ? std::vector<std::string>{} : known_keys(rules);
    Told told;
    for (const std::string& word : words) {
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string key{trimmed(std::string_view{word}.substr(0, equals))};
        if (equals == word.size() || key.empty())
            return fail(ErrorKind::usage, fmt::format("`--fact {}` is not KEY=VALUE", printable(word)),
                        "for one: --fact gpu=8086:9a49 --fact side=guest-linux --fact kernel=6.8");
        if (std::ranges::find(keys, key) == keys.end()) {
            const auto near = nearest(key, keys);
            return fail(ErrorKind::usage, fmt::format("no fact is called `{}`", printable(key)),
                        near ? fmt::format("did you mean `{}`?", *near) : fmt::format("facts are: {}", fmt::join(keys, ", ")));
        }
        told.emplace_back(key, trimmed(std::string_view{word}.substr(equals + 1)));
    }
    return told;
}

/// Each once.
std::vector<std::string> all_files(const Options& options)
{
    std::vector<std::string> files;
    for (const auto* named : {&options.logs, &options.bundles, &options.files})
        for (const std::string& file : *named)
            if (std::ranges::find(files, file) == files.end())
                files.push_back(file);
    return files;
}

/// The host's facts and logs, for a request that has none of its own.
struct HostView {
    HostFacts facts;
    HostLogs logs;
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
    DiagnoseRequest request{.files = all_files(options), .texts = {}, .told = {}, .host = nullptr};
    auto told = read_facts(options.facts, rules);
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
        request.texts = std::move(host->logs.texts);
    }
    auto diagnosis = gpupass::diagnose(rules, request);
    if (diagnosis && asks_host) {
        add_findings(*diagnosis, host->facts);
        std::ranges::move(host->logs.unread, std::back_inserter(diagnosis->notes));
    }
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
