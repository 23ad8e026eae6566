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

std::string to_text(const World& world)
{
    // A name in a file may be no UTF-8; such bytes are replaced here, never in the file itself.
    return nlohmann::json(world).dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<World> world_from(const std::string& text)
{
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object())
        return std::nullopt;
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
