#include "guest/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gpupass::guest {

namespace {

using nlohmann::ordered_json;

ordered_json to_value(const Check& check)
{
    ordered_json value{{"id", check.id}, {"result", check.result}, {"detail", check.detail.substr(0, 1900)}};
    value["value"] = check.value ? ordered_json(*check.value) : ordered_json(nullptr);
    value["unit"] = check.unit;
    value["expected"] = check.expected ? ordered_json(*check.expected) : ordered_json(nullptr);
    value["fix"] = check.fix.substr(0, 1900);
    return value;
}

std::string figure_text(const Check& check)
{
    if (!check.value)
        return check.detail;
    const std::string value = fmt::format("{:.4g} {}", *check.value, check.unit);
    return check.detail.empty() ? value : fmt::format("{}: {}", value, check.detail);
}

}  // namespace

std::string report_json(const Verdict& verdict, const PlatformReport& report)
{
    ordered_json document{{"schema", "gpupass/1"}, {"verdict", verdict.word}, {"why", verdict.why.substr(0, 1900)}, {"software", verdict.software}};
    document["device"] = nullptr;
    if (report.gpu)
        document["device"] = {{"address", to_string(report.gpu->address)}, {"id", to_string(report.gpu->id)},
                              {"name", report.gpu->name}, {"driver", report.gpu->driver}};
    document["system"] = report.system;
    document["checks"] = ordered_json::array();
    for (const Check& check : verdict.checks)
        document["checks"].push_back(to_value(check));
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string report_text(const Verdict& verdict, const PlatformReport& report)
{
    std::string text = fmt::format("verdict: {}: {}\n", verdict.word, verdict.why);
    if (report.gpu)
        text += fmt::format("device: {} {} {}\n", to_string(report.gpu->address), to_string(report.gpu->id), report.gpu->name);
    for (const Check& check : verdict.checks) {
        text += fmt::format("  {:<5} {:<26} {}\n", check.result, check.id, figure_text(check));
        if (!check.fix.empty())
            text += fmt::format("  {:<5} {:<26} fix: {}\n", "", "", check.fix);
    }
    return text;
}

}  // namespace gpupass::guest
