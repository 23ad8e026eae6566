#include "cli/json_parts.hpp"
#include "cli/json_views.hpp"

#include <cmath>

namespace gpupass::cli {

namespace {

Json goal_json(const Goal& goal)
{
    return {{"sentence", goal.sentence},
            {"device", goal.device ? Json(to_string(*goal.device)) : Json(nullptr)},
            {"vm", or_null(goal.vm)},
            {"wants", wants_json(goal.wants)}};
}

Json step_json(const Step& step)
{
    return {{"id", step.id},
            {"title", step.title},
            {"why", step.why},
            {"command", step.command},
            {"impact", to_string(step.impact)},
            {"loses_console", step.loses_console},
            {"expected_seconds", step.expected.count()},
            {"sets", wants_json(step.sets)}};
}

Json plan_json(const Plan& plan)
{
    Json steps = Json::array();
    for (const Step& step : plan.steps)
        steps.push_back(step_json(step));
    Json blockers = Json::array();
    for (const Blocker& blocker : plan.blockers)
        blockers.push_back({{"id", blocker.id}, {"why", blocker.why}, {"fix", blocker.fix}});
    Json warnings = Json::array();
    for (const Warning& warning : plan.warnings)
        warnings.push_back({{"id", warning.id}, {"text", warning.text}, {"source", warning.source}});
    return {{"goal", goal_json(plan.goal)},
            {"steps", std::move(steps)},
            {"blockers", std::move(blockers)},
            {"warnings", std::move(warnings)}};
}

Json step_json(const StepRecord& step)
{
    return {{"id", step.id},
            {"title", step.title},
            {"state", to_string(step.state)},
            {"seconds", std::round(step.seconds * 1e4) / 1e4}};
}

Json run_json(const RunRecord& run)
{
    Json steps = Json::array();
    for (const StepRecord& step : run.steps)
        steps.push_back(step_json(step));
    return {{"id", run.id > 0 ? Json(run.id) : Json(nullptr)},
            {"state", to_string(run.state)},
            {"host", run.host_name},
            {"uri", or_null(run.uri)},
            {"command", or_null(run.command)},
            {"goal", run.goal.sentence},
            {"started_at", run.started_at > 0 ? Json(run.started_at) : Json(nullptr)},
            {"ended_at", run.ended_at > 0 ? Json(run.ended_at) : Json(nullptr)},
            {"undoes", or_null(run.undoes)},
            {"message", or_null(run.message)},
            {"steps", std::move(steps)}};
}

Json checks_json(const std::vector<Check>& checks)
{
    Json list = Json::array();
    for (const Check& check : checks)
        list.push_back({{"id", check.id},
                        {"result", check.result},
                        {"detail", check.detail},
                        {"value", or_null(check.value)},
                        {"unit", or_null(check.unit)},
                        {"expected", or_null(check.expected)},
                        {"fix", or_null(check.fix)}});
    return list;
}

void add_verdict(Json& document, const std::optional<Verdict>& verdict)
{
    document["verdict"] = verdict ? Json(verdict->word) : Json(nullptr);
    if (!verdict)
        return;
    document["why"] = verdict->why;
    document["simulated"] = verdict->simulated;
    document["software"] = verdict->software;
    document["checks"] = checks_json(verdict->checks);
}

}  // namespace

std::string plan_document(const Plan& plan, const Error* error)
{
    Json document = new_document();
    document["plan"] = plan_json(plan);
    if (error)
        document["error"] = error_json(*error);
    return text_of(document);
}

std::string run_document(const RunOutcome& outcome, const std::optional<Verdict>& verdict)
{
    Json document = new_document();
    document["run"] = run_json(outcome.record);
    add_verdict(document, verdict);
    document["findings"] = findings_json(outcome.findings);
    if (outcome.error)
        document["error"] = error_json(*outcome.error);
    return text_of(document);
}

std::string verify_document(const Verdict& verdict, const std::vector<std::pair<std::string, std::string>>& subject)
{
    Json document = new_document();
    for (const auto& [key, text] : subject)
        document[key] = text;
    add_verdict(document, verdict);
    return text_of(document);
}

std::string status_document(const std::vector<OpenRun>& runs)
{
    Json document = new_document();
    document["state"] = runs.empty() ? "idle" : "open";
    document["runs"] = Json::array();
    for (const OpenRun& run : runs) {
        Json entry = run_json(run.record);
        entry["in_flight"] = run.in_flight;
        document["runs"].push_back(std::move(entry));
    }
    return text_of(document);
}

std::string history_document(const std::vector<RunRecord>& runs)
{
    Json document = new_document();
    document["runs"] = Json::array();
    for (const RunRecord& run : runs)
        document["runs"].push_back(run_json(run));
    return text_of(document);
}

std::string rescue_document(long run, std::string_view sheet)
{
    Json document = new_document();
    document["run"] = {{"id", run}};
    document["rescue_sheet"] = sheet;
    return text_of(document);
}

}  // namespace gpupass::cli
