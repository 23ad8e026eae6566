#include "hosts/esxi/ssh/vim_cmd.hpp"

#include "hosts/esxi/text.hpp"
#include "hosts/esxi/ssh/vim_object.hpp"

#include <algorithm>
#include <array>

namespace gpupass::esxi {

namespace {

std::optional<bool> bool_at(const VimObject& object, std::string_view path)
{
    const auto value = object.value(path);
    return value ? parse_bool(*value) : std::nullopt;
}

Power power_of_word(std::string_view word)
{
    if (word == "poweredOn" || word == "Powered on")
        return Power::on;
    if (word == "poweredOff" || word == "Powered off")
        return Power::off;
    return word == "suspended" || word == "Suspended" ? Power::suspended : Power::unknown;
}

std::optional<bool> tools_of(const VimObject& object)
{
    const auto status = object.value("guest.toolsRunningStatus");
    if (!status)
        return std::nullopt;
    return *status == "guestToolsRunning";
}

}  // namespace

Result<std::string> parse_licence(std::string_view text)
{
    const auto lines = split_lines(text);
    const auto key = need_field(fields_of(lines), "vmodl key");
    if (!key)
        return std::unexpected(key.error());
    if (key->value.empty())
        return bad_text(key->line, "vmodl key", "the licence has no key");
    if (key->value.starts_with("esx.hypervisor") || key->value == "esxBasic")
        return "free";
    return key->value == "eval" || key->value.starts_with("esx.eval") ? "evaluation" : "licensed";
}

Result<std::vector<AutostartEntry>> parse_autostart_sequence(std::string_view text)
{
    const auto object = parse_vim_object(text);
    if (!object)
        return std::unexpected(object.error());
    std::vector<AutostartEntry> entries;
    for (const VimLeaf& leaf : object->leaves) {
        if (!leaf.path.ends_with(".key") || !leaf.value)
            continue;
        const auto colon = leaf.value->rfind(':');
        const std::string member = leaf.path.substr(0, leaf.path.size() - 4);
        const std::string action = object->value(member + ".startAction").value_or("");
        entries.push_back({leaf.value->substr(colon == std::string::npos ? 0 : colon + 1), equals_ignoring_case(action, "powerOn")});
    }
    return entries;
}

Result<bool> parse_autostart_enabled(std::string_view text)
{
    const auto object = parse_vim_object(text);
    if (!object)
        return std::unexpected(object.error());
    if (const auto enabled = bool_at(*object, "enabled"))
        return *enabled;
    return bad_text(0, "enabled", "a field is missing or no boolean");
}

Result<HostSummary> parse_host_summary(std::string_view text)
{
    const auto object = parse_vim_object(text);
    if (!object)
        return std::unexpected(object.error());
    HostSummary summary;
    summary.name = object->value("config.name").value_or("");
    summary.model = object->value("hardware.model").value_or("");
    summary.maintenance = bool_at(*object, "runtime.inMaintenanceMode");
    if (const auto memory = object->value("hardware.memorySize"))
        summary.memory_bytes = parse_int(*memory);
    return summary;
}

Result<VmSummary> parse_vm_summary(std::string_view text)
{
    const auto object = parse_vim_object(text);
    if (!object)
        return std::unexpected(object.error());
    const VimLeaf* power = object->find("runtime.powerState");
    if (!power || !power->value)
        return bad_text(power ? power->line : 0, "powerState", "a field is missing");
    VmSummary summary{.power = power_of_word(*power->value), .tools_running = tools_of(*object),
                      .question = object->value("runtime.question.text"),
                      .config_file = object->value("config.vmPathName").value_or("")};
    if (summary.power == Power::unknown)
        return bad_text(power->line, "powerState", "no power state: `" + excerpt(*power->value, 40) + "`");
    return summary;
}

Result<Power> parse_power_state(std::string_view text)
{
    for (const TextLine& line : split_lines(text))
        if (const Power power = power_of_word(trim(line.text)); power != Power::unknown)
            return power;
    return bad_text(0, "power state", "no power state in `" + excerpt(text, 80) + "`");
}

Result<std::optional<std::string>> parse_message(std::string_view text)
{
    const auto lines = split_lines(text);
    const auto heading = [](const TextLine& line) { return line.text.starts_with("Virtual machine message"); };
    const auto none = [](const TextLine& line) { return trim(line.text).starts_with("No message"); };
    const auto first = std::ranges::find_if(lines, heading);
    if (first == lines.end()) {
        if (std::ranges::any_of(lines, none))
            return std::nullopt;
        return bad_text(0, "message", "neither a message nor none: `" + excerpt(text, 80) + "`");
    }
    for (const TextLine& line : std::span{first + 1, lines.end()})
        if (!trim(line.text).empty())
            return std::string{trim(line.text)};
    return std::string{trim(first->text)};
}

std::vector<std::string> parse_task_list(std::string_view text)
{
    constexpr std::string_view before = "'vim.Task:";
    std::vector<std::string> tasks;
    for (auto begin = text.find(before); begin != std::string_view::npos; begin = text.find(before)) {
        text.remove_prefix(begin + before.size());
        const auto end = text.find('\'');
        const std::string_view name = text.substr(0, end);
        if (end != std::string_view::npos && !name.empty() && name.find_first_of(" \n") == std::string_view::npos)
            tasks.emplace_back(name);
    }
    return tasks;
}

Result<TaskInfo> parse_task_info(std::string_view text)
{
    const auto object = parse_vim_object(text);
    if (!object)
        return std::unexpected(object.error());
    const auto state = object->value("state");
    if (!state)
        return bad_text(0, "state", "a field is missing");
    TaskInfo info{.state = *state, .messages = {}};
    for (const char* name : {"msg", "localizedMessage", "message"})
        for (std::string& text_of_error : object->values_named("error.", name))
            if (std::ranges::find(info.messages, text_of_error) == info.messages.end())
                info.messages.push_back(std::move(text_of_error));
    return info;
}

bool is_transient(const Answer& answer)
{
    constexpr std::array texts{"Failed to login: Connection reset by peer", "SSL Exception",
                               "has already been deleted or has not been completely created"};
    const auto says = [&](std::string_view text) { return answer.out.contains(text) || answer.err.contains(text); };
    return std::ranges::any_of(texts, says) || trim(split_lines(answer.out).empty() ? "" : split_lines(answer.out).front().text) == "<unset>";
}

}  // namespace gpupass::esxi
