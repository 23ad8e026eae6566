#include "apply/runner.hpp"

#include "apply/doubt.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpupass {

namespace {

constexpr int most_tries = 5;  // whatever the reason, no step is begun more often than this before a person has a look

bool is_power_step(const Step& step)
{
    return !step.sets.empty() && std::ranges::all_of(step.sets, [](const Want& want) {
        const auto vm = split_vm_key(want.key);
        return vm && vm->key == "power";
    });
}

bool is_reboot(const Step& step)
{
    return std::holds_alternative<RebootHost>(step.change);
}

bool share_a_key(const std::vector<Want>& a, const std::vector<Want>& b)
{
    return std::ranges::any_of(a, [&](const Want& want) { return std::ranges::find(b, want.key, &Want::key) != b.end(); });
}

/// What a person has to agree to, a word each: the reboot, the dark screen, each VM that is stopped.
std::vector<std::string> impacts_of(const Step& step)
{
    std::vector<std::string> impacts;
    if (step.loses_console)
        impacts.push_back("dark screen");
    if (step.impact == Impact::host_reboot || step.impact == Impact::host_maintenance)
        impacts.push_back(to_string(step.impact));
    if (step.impact == Impact::vm_power_off)
        for (const Want& want : step.sets)
            impacts.push_back(want.key);
    return impacts;
}

/// Passes what the host says while it waits on to the person.
class StepWatch : public Watch {
public:
    StepWatch(RunTalk& talk, const Step& step) : talk_(talk), step_(step) {}
    bool must_leave() const override { return talk_.stop_wish() >= 2; }
    void note(std::string_view text) override { talk_.step_waits(step_, text, elapsed()); }
    std::chrono::milliseconds elapsed() const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_);
    }

private:
    RunTalk& talk_;
    const Step& step_;
    Clock::time_point begin_{Clock::now()};
};

Error blocked_error(const Plan& plan)
{
    Error error{.kind = ErrorKind::blocked, .what = plan.blockers.front().why, .next = plan.blockers.front().fix};
    for (std::size_t i = 1; i < plan.blockers.size(); ++i)
        error.next += fmt::format("; also: {} ({})", plan.blockers[i].why, plan.blockers[i].fix);
    error.next += "; then `gpupass resume`, or `gpupass undo`";
    return error;
}

/// The connection broke or a wait ran out: whether the step worked is for the next probe to see.
bool is_in_doubt(const Error& error)
{
    return error.kind == ErrorKind::unreachable || error.kind == ErrorKind::timeout || error.kind == ErrorKind::interrupted || error.kind == ErrorKind::unauthorised;
}

}  // namespace

std::vector<Want> values_before(const Settings& settings, const Step& step)
{
    std::vector<Want> before;
    const auto add = [&](const std::string& key) {
        if (std::ranges::find(before, key, &Want::key) != before.end())
            return;
        const auto found = settings.find(key);
        if (found == settings.end())
            before.push_back({key, std::nullopt});
        else
            before.push_back({key, found->second.configured, found->second.configured != found->second.effective});
    };
    for (const Want& want : step.sets)
        add(want.key);
    for (const std::string& pattern : step.owns) {
        const std::string prefix = pattern.substr(0, pattern.size() - 1);
        for (auto it = settings.lower_bound(prefix); it != settings.end() && it->first.starts_with(prefix); ++it)
            add(it->first);
        before.push_back({pattern, std::nullopt});
    }
    return before;
}

void Runner::agreed(const Plan& plan)
{
    for (const Step& step : plan.steps)
        for (std::string& impact : impacts_of(step))
            agreed_.insert(std::move(impact));
}

bool Runner::is_agreed(const Plan& plan) const
{
    for (const Step& step : plan.steps)
        for (const std::string& impact : impacts_of(step))
            if (!agreed_.contains(impact))
                return false;
    return true;
}

RunOutcome Runner::go(const std::function<Result<void>(const HostFacts&)>& finish)
{
    finish_ = finish;
    while (turn() == Turn::again) {
    }
    outcome_.record = run_;
    return std::move(outcome_);
}

void Runner::finish_stops(long undone)
{
    const auto run = journal_.read_run(undone);
    if (!run)
        return;
    for (StepRecord record : run->steps) {
        const auto step = stop_in_doubt(record, run->goal.consents);
        const auto facts = step ? host_.probe(Deadline::in(options_.probe_time)) : Result<HostFacts>{};
        if (!step || !facts)
            continue;
        talk_.step_begins(*step, 1, 1);
        StepWatch watch{talk_, *step};
        RunContext context{.run = run_.id, .watch = &watch, .images = &run_.images, .save_images = [] { return Result<void>{}; }};
        const bool stopped = host_.apply(*step, *facts, context).has_value();
        talk_.step_ends(*step, stopped ? StepEnd::done : StepEnd::failed, watch.elapsed());
        record.state = stopped ? StepState::done : StepState::failed;
        (void)journal_.save_step(undone, record);  // not written: it is in doubt again the next time
    }
}

Runner::Turn Runner::stop(RunState state, Error error, std::vector<Finding> findings)
{
    run_.state = state;
    run_.message = error.what;
    outcome_.findings = std::move(findings);
    outcome_.error = std::move(error);
    if (auto ended = journal_.end_run(run_.id, state, run_.message); !ended)
        outcome_.error->where.push_back("and the journal did not take it: " + ended.error().what);
    return Turn::end;
}

bool Runner::probe()
{
    auto facts = host_.probe(Deadline::in(options_.probe_time));
    if (facts && facts->uuid == run_.host_uuid) {
        outcome_.facts = std::move(*facts);
        return true;
    }
    Error error = facts ? Error{.kind = ErrorKind::changed, .what = "another host answers under this name: " + facts->uuid}
                        : facts.error();
    if (error.next.empty())
        error.next = "when the host answers again: `gpupass resume`, or `gpupass undo`";
    stop(reboot_in_doubt(run_) ? RunState::waiting : RunState::stopped, std::move(error));
    return false;
}

/// A begin without an end is in doubt: the facts decide. A reboot that was begun has happened when the boot is
/// another one; every other step has worked when its settings are there, and is done again otherwise.
void Runner::settle_doubt()
{
    for (StepRecord& record : run_.steps) {
        if (record.state != StepState::begun)
            continue;
        const bool rebooted = record.id == "reboot-host" && record.boot && outcome_.facts.boot &&
                              !same_boot(*record.boot, *outcome_.facts.boot);
        const bool configured = std::ranges::all_of(record.sets, [&](const Want& want) { return is_configured(outcome_.facts.settings, want); });
        if (record.id == "reboot-host" ? rebooted : configured) {
            record.state = StepState::done;
            save(record);
        }
    }
}

Runner::Turn Runner::turn()
{
    if (!probe())
        return Turn::end;
    settle_doubt();
    if (talk_.stop_wish() > 0)
        return stop(RunState::stopped, {.kind = ErrorKind::interrupted, .what = "stopped as you wished; the step before is finished",
                                        .next = "go on with `gpupass resume`, or go back with `gpupass undo`"});
    Plan plan = host_.plan(outcome_.facts, run_.goal);
    drop_proven(plan);
    if (plan.steps.empty() && plan.blockers.empty()) {
        if (auto finished = finish_(outcome_.facts); !finished)
            return stop(RunState::stopped, finished.error());
        mark_rest_skipped();
        run_.state = RunState::done;
        if (auto ended = journal_.end_run(run_.id, RunState::done, ""); !ended)
            return stop(RunState::stopped, ended.error());
        return Turn::end;
    }
    if (!plan.blockers.empty())
        return stop(RunState::stopped, blocked_error(plan));
    const Step& step = plan.steps.front();
    std::string what = step.id;
    for (const Want& want : step.sets)
        what += " " + want.key;
    if (++tries_[what] > most_tries)
        return stop(RunState::stopped, {.kind = ErrorKind::failed, .what = fmt::format("the step was done {} times, and is needed again: something else changes the host back", most_tries),
                                       .where = {"step " + step.id}, .next = "find out what; then `gpupass resume`, or go back with `gpupass undo`"});
    if (!may_begin(step)) {
        const Finding finding = host_.explain_no_effect(step, outcome_.facts);
        return stop(RunState::stopped,
                    {.kind = ErrorKind::failed, .what = finding.title, .where = {"step " + step.id},
                     .next = (finding.fix.empty() ? std::string{} : finding.fix.front() + "; then ") + "`gpupass resume`, or go back with `gpupass undo`"},
                    {finding});
    }
    if (!is_agreed(plan)) {
        if (!talk_.agree(plan, true))
            return stop(RunState::waiting, {.kind = ErrorKind::interrupted, .what = "the rest needs a consent that was not given: " + step.title,
                                            .next = "agree with `gpupass resume`, or go back with `gpupass undo`"});
        agreed(plan);
    }
    return do_step(step, plan);
}

/// Steps that change nothing but prove something have no effect to read back: once in a boot is enough.
void Runner::drop_proven(Plan& plan) const
{
    std::erase_if(plan.steps, [&](const Step& step) {
        return step.sets.empty() && std::ranges::any_of(run_.steps, [&](const StepRecord& record) {
            return record.id == step.id && record.state == StepState::done && record.boot && outcome_.facts.boot &&
                   same_boot(*record.boot, *outcome_.facts.boot);
        });
    });
}

/// The latest record of a step that was applied and set a key that this one sets too. Of reboots there is one a run.
const StepRecord* Runner::earlier(const Step& step) const
{
    for (auto record = run_.steps.rbegin(); record != run_.steps.rend(); ++record)
        if (record->id == step.id && record->state == StepState::done && (is_reboot(step) || share_a_key(record->sets, step.sets)))
            return &*record;
    return nullptr;
}

bool Runner::ended_by_our_reboot(const Boot& boot) const
{
    return std::ranges::any_of(run_.steps, [&](const StepRecord& record) {
        const bool ran = record.state == StepState::done || record.state == StepState::begun;
        return record.id == "reboot-host" && ran && record.boot && same_boot(boot, *record.boot);
    });
}

/// A step that was applied and does not hold is not applied again: that is how hosts are rebooted for ever. Two
/// exceptions: VMs are stopped or started again after a reboot, and what was lost in a reboot that was not ours may
/// be set again.
bool Runner::may_begin(const Step& step)
{
    const StepRecord* record = earlier(step);
    if (!record || step.sets.empty())
        return true;
    if (is_reboot(step) || !record->boot || !outcome_.facts.boot)
        return false;
    if (same_boot(*record->boot, *outcome_.facts.boot))
        return false;
    return is_power_step(step) || !ended_by_our_reboot(*record->boot);
}

StepRecord& Runner::record_of(const Step& step)
{
    const auto found = std::ranges::find_if(run_.steps, [&](const StepRecord& record) { return record.id == step.id && record.sets == step.sets; });
    if (found != run_.steps.end())
        return *found;
    return run_.steps.emplace_back(StepRecord{.id = step.id, .title = step.title, .sets = step.sets});
}

bool Runner::save(const StepRecord& record)
{
    if (auto saved = journal_.save_step(run_.id, record); !saved) {
        stop(RunState::stopped, saved.error());
        return false;
    }
    return true;
}

Runner::Turn Runner::do_step(const Step& step, const Plan& plan)
{
    if (auto claimed = host_.claim(outcome_.facts, make_holder(options_, run_.id)); !claimed)
        return stop(RunState::stopped, claimed.error());
    StepRecord& record = record_of(step);
    if (record.before.empty())  // a step that was not in the first plan
        record.before = values_before(outcome_.facts.settings, step);
    record.state = StepState::begun;
    record.boot = outcome_.facts.boot;
    ++record.times;
    if (!save(record))  // on disk before the host is touched
        return Turn::end;

    const auto done = std::ranges::count(run_.steps, StepState::done, &StepRecord::state);
    talk_.step_begins(step, static_cast<int>(done) + 1, static_cast<int>(done + std::ssize(plan.steps)));
    StepWatch watch{talk_, step};
    RunContext context{.run = run_.id, .watch = &watch, .images = &run_.images,
                       .save_images = [&] { return journal_.save_images(run_.id, run_.images); }};
    const auto worked = host_.apply(step, outcome_.facts, context);
    record.seconds += static_cast<double>(watch.elapsed().count()) / 1000.0;
    talk_.step_ends(step, worked ? StepEnd::done : is_in_doubt(worked.error()) ? StepEnd::waits : StepEnd::failed, watch.elapsed());
    if (!worked)
        return step_failed(step, record, worked.error());
    record.state = StepState::done;
    return save(record) ? Turn::again : Turn::end;
}

Runner::Turn Runner::step_failed(const Step& step, StepRecord& record, const Error& cause)
{
    Error error = cause;
    error.where.push_back("step " + step.id);
    const bool in_doubt = is_in_doubt(error);
    std::vector<Finding> findings;
    if (!in_doubt) {
        record.state = StepState::failed;
        findings = host_.explain_failure(step, outcome_.facts, cause);
    }
    if (!save(record))
        return Turn::end;
    const std::string ways = "`gpupass resume` goes on from here, `gpupass undo` goes back";
    error.next = error.next.empty() ? ways : error.next + "; " + ways;
    if (is_reboot(step) && in_doubt)
        return stop(RunState::waiting, std::move(error));
    return stop(in_doubt ? RunState::stopped : RunState::failed, std::move(error), std::move(findings));
}

void Runner::mark_rest_skipped()
{
    for (StepRecord& record : run_.steps)
        if (record.state == StepState::planned) {
            record.state = StepState::skipped;
            save(record);
        }
}

}  // namespace gpupass
