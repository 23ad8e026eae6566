#include "model/json.hpp"

#include <nlohmann/json.hpp>

namespace gpupass {

using nlohmann::json;

namespace {

json value_json(const std::optional<std::string>& value)
{
    return value ? json(*value) : json(nullptr);
}

json wants_json(const std::vector<Want>& wants)
{
    json out = json::array();
    for (const Want& want : wants) {
        json& item = out.emplace_back(json{{"key", want.key}, {"value", value_json(want.value)}});
        if (want.configured_only)
            item["configured_only"] = true;
    }
    return out;
}

std::vector<Want> read_wants(const json& list)
{
    std::vector<Want> wants;
    for (const json& item : list) {
        Want& want = wants.emplace_back(item.at("key").get<std::string>(), std::nullopt);
        if (!item.at("value").is_null())
            want.value = item.at("value").get<std::string>();
        want.configured_only = item.value("configured_only", false);
    }
    return wants;
}

/// Host names may hold bytes that are not UTF-8: they are written as replacement characters rather than thrown on.
std::string text_of(const json& document)
{
    return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// nlohmann reports by exception; here it becomes a Result.
template <class Read>
auto read(std::string_view text, const char* what, Read read_document) -> Result<decltype(read_document(json{}))>
{
    try {
        return read_document(json::parse(text));
    } catch (const json::exception& error) {
        return fail(ErrorKind::parse, std::string{what} + " in the journal is damaged: " + error.what());
    }
}

Goal read_goal(const json& document)
{
    Goal goal;
    goal.sentence = document.at("sentence").get<std::string>();
    goal.wants = read_wants(document.at("wants"));
    goal.device = parse_pci_address(document.at("device").get<std::string>());
    goal.device_id = parse_pci_id(document.at("device_id").get<std::string>());
    goal.vm = document.at("vm").get<std::string>();
    goal.consents.accept = document.at("accept").get<std::vector<std::string>>();
    goal.consents.power_off = document.at("power_off").get<std::vector<std::string>>();
    return goal;
}

}  // namespace

std::string to_json(const Goal& goal)
{
    return text_of({{"sentence", goal.sentence},
                    {"wants", wants_json(goal.wants)},
                    {"device", goal.device ? to_string(*goal.device) : ""},
                    {"device_id", goal.device_id ? to_string(*goal.device_id) : ""},
                    {"vm", goal.vm},
                    {"accept", goal.consents.accept},
                    {"power_off", goal.consents.power_off}});
}

Result<Goal> goal_from_json(std::string_view text)
{
    return read(text, "a goal", read_goal);
}

std::string to_json(const std::vector<Want>& wants)
{
    return text_of(wants_json(wants));
}

Result<std::vector<Want>> wants_from_json(std::string_view text)
{
    return read(text, "a list of values", read_wants);
}

}  // namespace gpupass
