#include "cli/json_parts.hpp"

#include "cli/json_views.hpp"

namespace gpupass::cli {

Json new_document()
{
    return Json{{"schema", "gpupass/1"}};
}

std::string text_of(const Json& document)
{
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json or_null(const std::string& value)
{
    return value.empty() ? Json(nullptr) : Json(value);
}

Json error_json(const Error& error)
{
    return {{"kind", to_string(error.kind)}, {"what", error.what}, {"where", error.where}, {"next", error.next}};
}

Json finding_json(const Finding& finding)
{
    Json evidence = Json::array();
    for (const Evidence& line : finding.evidence)
        evidence.push_back({{"source", line.source}, {"line", line.line}, {"text", line.text}});
    return {{"id", finding.id},
            {"also", finding.also},
            {"title", finding.title},
            {"certainty", to_string(finding.certainty)},
            {"severity", to_string(finding.severity)},
            {"cause", finding.cause},
            {"fix", finding.fix},
            {"collect", finding.collect},
            {"links", finding.links},
            {"evidence", std::move(evidence)}};
}

Json findings_json(const std::vector<Finding>& findings)
{
    Json list = Json::array();
    for (const Finding& finding : findings)
        list.push_back(finding_json(finding));
    return list;
}

Json wants_json(const std::vector<Want>& wants)
{
    Json list = Json::array();
    for (const Want& want : wants)
        list.push_back({{"key", want.key}, {"value", or_null(want.value)}});
    return list;
}

std::string version_document(std::string_view version)
{
    Json document = new_document();
    document["version"] = version;
    return text_of(document);
}

std::string demo_document(std::string_view story, const std::string& verdict, bool simulated, bool restored)
{
    Json document = new_document();
    document["demo"] = {{"story", story}, {"verdict", or_null(verdict)}, {"simulated", simulated}, {"restored", restored}};
    return text_of(document);
}

std::string error_document(const Error& error)
{
    Json document = new_document();
    document["error"] = error_json(error);
    return text_of(document);
}

}  // namespace gpupass::cli
