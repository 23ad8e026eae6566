#include "apply/doubt.hpp"

#include <algorithm>
#include <thread>

namespace gpupass {

namespace {

bool is_going_down(const HostFacts& facts, const StepRecord& reboot)
{
    return facts.reboot_asked_for && facts.boot && reboot.boot && same_boot(*reboot.boot, *facts.boot);
}

bool is_away(const Error& error)
{
    return error.kind == ErrorKind::unreachable || error.kind == ErrorKind::timeout;
}

}  // namespace

const StepRecord* reboot_in_doubt(const RunRecord& run)
{
    const auto found = std::ranges::find_if(run.steps, [](const StepRecord& step) { return step.id == "reboot-host" && step.state == StepState::begun; });
    return found == run.steps.end() ? nullptr : &*found;
}

Result<HostFacts> probe_when_back(Host& host, const StepRecord* reboot, const RunOptions& options, RunTalk& talk)
{
    const auto begin = Clock::now();
    for (;;) {
        auto facts = host.probe(Deadline::in(options.probe_time));
        if (!reboot || talk.stop_wish() > 0)
            return facts;
        const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
        const bool away = !facts && is_away(facts.error());
        const bool leaving = facts && is_going_down(*facts, *reboot);
        if (!(away && elapsed < options.return_time) && !(leaving && elapsed < options.leave_time))
            return facts;
        const Step step{.id = reboot->id, .title = reboot->title};
        talk.step_waits(step, away ? "the host is away, its reboot was under way; waiting for it to answer again"
                                   : "the host was told to reboot; waiting for it to go down", elapsed);
        std::this_thread::sleep_for(options.look_again);
    }
}

std::optional<Step> stop_in_doubt(const StepRecord& record, const Consents& consents)
{
    StopVms stop;
    for (const Want& want : record.sets) {
        const auto vm = split_vm_key(want.key);
        if (!vm || vm->key != "power" || want.value != to_string(Power::off))
            return std::nullopt;
        const bool cut = std::ranges::find(consents.power_off, vm->vm) != consents.power_off.end();
        (cut ? stop.cut : stop.ask).push_back(vm->vm);
    }
    if (record.state != StepState::begun || record.sets.empty())
        return std::nullopt;
    return Step{.id = record.id, .title = record.title, .change = stop, .sets = record.sets};
}

}  // namespace gpupass
