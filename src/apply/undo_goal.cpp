#include "apply/run.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace gpupass {

namespace {

bool is_power(const std::string& key)
{
    const auto vm = split_vm_key(key);
    return vm && vm->key == "power";
}

/// A finished run left every VM as its goal says. One that runs again as before is no change of ours; in an
/// unfinished run a VM may be off only because we stopped it.
bool was_returned(const RunRecord& run, const Want& before)
{
    const bool held = std::ranges::find(run.goal.wants, before) != run.goal.wants.end();
    return run.state == RunState::done && is_power(before.key) && held;
}

}  // namespace

Goal undo_goal(const RunRecord& run, const Consents& consents)
{
    Goal goal{.sentence = "as before run " + std::to_string(run.id) + " (" + run.command + ")",
              .device = run.goal.device,
              .vm = run.goal.vm,
              .consents = consents};
    std::set<std::string> seen;  // the first value before is the one of before the run
    for (const StepRecord& step : run.steps) {
        for (const Want& before : step.before) {
            // VMs that ran when the run began shall run, also when a reboot of the host's own stopped them before us.
            if (step.times == 0 && !is_power(before.key))
                continue;
            if (seen.insert(before.key).second && !was_returned(run, before))
                goal.wants.push_back(before);
        }
    }
    return goal;
}

}  // namespace gpupass
