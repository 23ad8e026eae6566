#include "model/plan.hpp"

#include <algorithm>

namespace gpupass {

std::string to_string(Impact impact)
{
    switch (impact) {
    case Impact::none: return "none";
    case Impact::vm_power_off: return "vm-power-off";
    case Impact::host_maintenance: return "host-maintenance";
    case Impact::host_reboot: return "host-reboot";
    }
    return "none";
}

void keep_running(Goal& goal, const Settings& settings)
{
    for (const auto& [key, setting] : settings) {
        const auto vm = split_vm_key(key);
        const bool runs = vm && vm->key == "power" && setting.effective == "on";
        if (runs && std::ranges::find(goal.wants, key, &Want::key) == goal.wants.end())
            goal.wants.push_back({key, "on"});
    }
}

bool has_worked(const Settings& settings, const Step& step)
{
    return std::ranges::all_of(step.sets, [&](const Want& want) {
        return step.only_configured ? is_configured(settings, want) : holds(settings, want);
    });
}

}  // namespace gpupass
