#include "model/plan.hpp"

#include <algorithm>
#include <set>

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
    std::set<std::string> named;
    for (const Want& want : goal.wants)
        named.insert(want.key);
    for (const auto& [key, setting] : settings) {
        const bool runs = key.starts_with("vm.") && key.ends_with(".power") && setting.effective == "on";
        const auto vm = runs ? split_vm_key(key) : std::nullopt;
        if (vm && vm->key == "power" && !named.contains(key))
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
