#include "guest/remote/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace gpupass {

namespace {

using nlohmann::json;

constexpr std::size_t largest_report = 1u << 20;
constexpr int deepest = 8;
constexpr std::size_t most_checks = 200;
constexpr std::size_t longest_text = 2000;

constexpr std::array verdict_words = {"working", "degraded", "not-working", "unproven"};
constexpr std::array result_words = {"pass", "fail", "warn", "skip"};
constexpr std::array areas = {"pci",    "driver", "firmware", "node",  "display",  "opencl",
                              "vulkan", "vaapi",  "engine",   "speed", "software", "windows"};

std::unexpected<Error> damaged(const std::string& field, const std::string& what)
{
    return at(Error{.kind = ErrorKind::parse, .what = what, .where = {}, .next = ""}, field + " of the guest's report");
}

template <std::size_t count>
bool is_word(const std::string& word, const std::array<const char*, count>& words)
{
    return std::ranges::find(words, word) != words.end();
}

bool is_id(const std::string& id)
{
    const bool plain = std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    const std::string area = id.substr(0, id.find('-'));
    return plain && id.size() <= 64 && is_word(area, areas);
}

/// A text member; `otherwise` when it is missing.
Result<std::string> text_member(const json& object, const char* name, const std::string& place)
{
    const auto found = object.find(name);
    if (found == object.end() || found->is_null())
        return std::string{};
    if (!found->is_string())
        return damaged(place + name, "it is not a text");
    const auto& text = found->get_ref<const std::string&>();
    if (text.size() > longest_text)
        return damaged(place + name, "it is too long");
    return text;
}

Result<std::optional<double>> number_member(const json& object, const char* name, const std::string& place)
{
    const auto found = object.find(name);
    if (found == object.end() || found->is_null())
        return std::optional<double>{};
    if (!found->is_number() || !std::isfinite(found->get<double>()))
        return damaged(place + name, "it is not a number");
    return std::optional{found->get<double>()};
}

Result<Check> read_check(const json& item, const std::string& place)
{
    if (!item.is_object())
        return damaged(place, "it is not an object");
    const auto id = text_member(item, "id", place + ".");
    const auto result = text_member(item, "result", place + ".");
    const auto detail = text_member(item, "detail", place + ".");
    const auto unit = text_member(item, "unit", place + ".");
    const auto fix = text_member(item, "fix", place + ".");
    for (const auto* text : {&id, &result, &detail, &unit, &fix})
        if (!*text)
            return std::unexpected(text->error());
    const auto value = number_member(item, "value", place + ".");
    const auto expected = number_member(item, "expected", place + ".");
    if (!value || !expected)
        return std::unexpected(!value ? value.error() : expected.error());
    if (!is_id(*id))
        return damaged(place + ".id", "it is not the id of a check");
    if (!is_word(*result, result_words))
        return damaged(place + ".result", "it is none of pass, fail, warn, skip");
    return Check{*id, *result, *detail, *value, *unit, *expected, *fix};
}

Result<std::vector<Check>> read_checks(const json& document)
{
    const auto found = document.find("checks");
    if (found == document.end() || !found->is_array())
        return damaged("checks", "it is not a list");
    if (found->size() > most_checks)
        return damaged("checks", "it is too long");
    std::vector<Check> checks;
    for (const json& item : *found) {
        auto check = read_check(item, fmt::format("checks[{}]", checks.size()));
        if (!check)
            return std::unexpected(check.error());
        checks.push_back(std::move(*check));
    }
    return checks;
}

/// nullopt: not JSON, or nested too deep.
std::optional<json> parse_bounded(std::string_view text)
{
    bool too_deep = false;
    const auto keep = [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;
    };
    json document = json::parse(text, keep, false);
    if (too_deep || document.is_discarded() || !document.is_object())
        return std::nullopt;
    return document;
}

void doubt(Verdict& verdict)
{
    if (verdict.word != "working" && verdict.word != "degraded")
        return;
    const auto failed = std::ranges::find(verdict.checks, "fail", &Check::result);
    if (verdict.word == "working" && failed != verdict.checks.end()) {
        verdict.word = "not-working";
        verdict.why = fmt::format("the guest's report says working, but its check {} failed", failed->id);
    } else if (std::ranges::none_of(verdict.checks, is_computation)) {
        verdict.word = "unproven";
        verdict.why = "the guest's report shows no finished computation";
    }
}

Result<Verdict> read_report(const json& document)
{
    if (document.value("schema", json{}) != "gpupass/1")
        return damaged("schema", "it is not gpupass/1");
    auto word = text_member(document, "verdict", "");
    auto why = text_member(document, "why", "");
    auto checks = read_checks(document);
    if (!word || !why)
        return std::unexpected(!word ? word.error() : why.error());
    if (!checks)
        return std::unexpected(checks.error());
    if (!is_word(*word, verdict_words))
        return damaged("verdict", "it is none of working, degraded, not-working, unproven");
    const auto simulated = document.find("simulated");
    Verdict verdict{.word = *word, .why = *why, .checks = std::move(*checks)};
    verdict.simulated = simulated != document.end() && simulated->is_boolean() && simulated->get<bool>();
    const auto software = document.find("software");
    verdict.software = software != document.end() && software->is_boolean() && software->get<bool>();
    doubt(verdict);
    return verdict;
}

}  // namespace

Result<Verdict> parse_guest_report(std::string_view text)
{
    if (text.size() > largest_report)
        return damaged("size", "it is larger than 1 MiB");
    const auto document = parse_bounded(text);
    if (!document)
        return damaged("text", "it is not a JSON object, or nested too deep");
    return read_report(*document);
}

}  // namespace gpupass
