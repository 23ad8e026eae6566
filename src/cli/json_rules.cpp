#include "cli/json_parts.hpp"
#include "cli/diagnose_view.hpp"
#include "cli/json_views.hpp"

namespace gpupass::cli {

namespace {

Json rule_json(const Rule& rule)
{
    return {{"id", rule.id},
            {"title", rule.title},
            {"area", rule.area},
            {"severity", to_string(rule.severity)},
            {"certainty", to_string(rule.certainty)},
            {"patterns", rule.patterns},
            {"check", or_null(rule.check)},
            {"cause", rule.cause},
            {"fix", rule.fix},
            {"collect", rule.collect},
            {"links", rule.links}};
}

}  // namespace

std::string rule_document(const Rule& rule)
{
    Json document = new_document();
    document["rule"] = rule_json(rule);
    return text_of(document);
}

std::string rules_document(const std::vector<Rule>& rules)
{
    Json document = new_document();
    document["rules"] = Json::array();
    for (const Rule& rule : rules)
        document["rules"].push_back(rule_json(rule));
    return text_of(document);
}

std::string diagnosis_document(const Diagnosis& diagnosis, double seconds)
{
    Json document = new_document();
    document["findings"] = findings_json(diagnosis.findings);
    document["lines"] = diagnosis.lines;
    document["bytes"] = diagnosis.bytes;
    document["seconds"] = seconds;
    document["left_out"] = diagnosis.notes;
    return text_of(document);
}

}  // namespace gpupass::cli
