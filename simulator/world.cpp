#include "world.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace gpupass::sim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Message, key, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Task, id, operation, fault, messages, queued, completed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Vm, id, path, text, invalid, power, tools, guest_up, crash_loop,
                                                question, world_id, tasks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Event, at, what, vm)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(AutostartEntry, vm, order, start_delay, start_action, stop_action)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Settings, kernel, owners, files, autostart, autostart_entries,
                                                ssh_with_host, shell_timeout, maintenance)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(World, version, boot_time, clock_offset, boots, up, ssh_runs, shifted,
                                                bootbank_lost, hostd_ready, backup_hour, settings, saved, kernel,
                                                owners, vms, events, next_vm, next_task, next_world)

namespace {

// Files need not be UTF-8, JSON must be: each byte is kept as the character of its number.
std::string widened(const std::string& bytes)
{
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
            continue;
        }
        text += static_cast<char>(0xc0 | byte >> 6);
        text += static_cast<char>(0x80 | (byte & 0x3f));
    }
    return text;
}

std::string narrowed(const std::string& text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0xc0 || i + 1 >= text.size())
            bytes += text[i];
        else
            bytes += static_cast<char>((byte & 0x03) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
    }
    return bytes;
}

void change_strings(nlohmann::json& json, std::string (*change)(const std::string&))
{
    if (json.is_string())
        json = change(json.get<std::string>());
    else if (json.is_structured())
        for (auto& element : json)
            change_strings(element, change);
}

}  // namespace

std::string to_text(const World& world)
{
    nlohmann::json json(world);
    change_strings(json, widened);
    return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<World> world_from(const std::string& text)
{
    auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object())
        return std::nullopt;
    change_strings(json, narrowed);
    try {
        return json.get<World>();
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

std::optional<World> load_world(const std::filesystem::path& file)
{
    std::ifstream in{file, std::ios::binary};
    std::stringstream text;
    text << in.rdbuf();
    return world_from(text.str());
}

bool replace_file(const std::filesystem::path& file, const std::string& text)
{
    auto beside = file;
    beside += ".new";
    {
        std::ofstream out{beside, std::ios::binary | std::ios::trunc};
        out << text;
        if (!out.flush())
            return false;
    }
    std::error_code error;
    std::filesystem::rename(beside, file, error);
    return !error;
}

}  // namespace gpupass::sim
