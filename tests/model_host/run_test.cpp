#include "model_host/model_host.hpp"
#include "model_host/talk.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// Runs on a host that is a value: what is journalled, what is done once only, what an undo brings back.

namespace gpupass::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr PciAddress gpu{0, 0, 2, 0};

/// A journal whose n-th write is the last thing the process does: nothing is written any more.
class DyingJournal : public Journal {
public:
    DyingJournal(Journal& inner, int writes) : inner_(inner), left_(writes) {}
    Result<long> begin_run(const RunRecord& r) override { return dead() ? Result<long>{gone()} : inner_.begin_run(r); }
    Result<void> save_step(long r, const StepRecord& s) override { return dead() ? Result<void>{gone()} : inner_.save_step(r, s); }
    Result<void> save_images(long r, const std::vector<BeforeImage>& i) override { return dead() ? Result<void>{gone()} : inner_.save_images(r, i); }
    Result<void> end_run(long r, RunState s, const std::string& m) override { return dead() ? Result<void>{gone()} : inner_.end_run(r, s, m); }
    Result<RunRecord> read_run(long r) override { return inner_.read_run(r); }
    Result<std::vector<RunRecord>> runs(const std::string& h) override { return inner_.runs(h); }
    Result<std::optional<RunRecord>> open_run(const std::string& h) override { return inner_.open_run(h); }
    Result<std::optional<std::string>> host_seen_at(const std::string& u) override { return inner_.host_seen_at(u); }
    bool died() const { return left_ < 0; }

private:
    bool dead() { return left_-- <= 0; }
    static std::unexpected<Error> gone() { return fail(ErrorKind::failed, "killed"); }
    Journal& inner_;
    int left_;
};

class Run : public testing::Test {
protected:
    Run() : journal(*open_journal(folder.path)) {}

    Goal goal(AttachRequest request = {.gpu = gpu, .vm = "debian", .start = true}) { return *host.attach_goal(host.facts, request); }
    RunOptions options() { return {.state_folder = folder.path, .uri = "model:", .command = "attach", .look_again = std::chrono::milliseconds{1}}; }
    Result<RunOutcome> start(const Goal& wanted) { return start_run(host, *journal, host.facts, wanted, options(), talk); }
    Result<RunOutcome> resume(long run) { return resume_run(host, *journal, run, {}, options(), talk); }
    Result<RunOutcome> undo(long run) { return undo_run(host, *journal, run, {}, options(), talk); }

    void expect_as_before()
    {
        const HostFacts before = nuc11();
        EXPECT_EQ(host.facts.settings, before.settings);
        EXPECT_THAT(host.sheets, IsEmpty());
        EXPECT_FALSE(host.claimed);
    }
    bool goal_holds(const Goal& wanted) { return host.plan(host.facts, wanted).steps.empty(); }

    StateFolder folder;
    ModelHost host{nuc11()};
    std::unique_ptr<Journal> journal;
    Talk talk;
};

TEST_F(Run, EndsDoneWithOneRebootAndUndoBringsEverythingBack)
{
    const Goal wanted = goal();
    const auto outcome = start(wanted);
    ASSERT_TRUE(outcome) << outcome.error();
    EXPECT_FALSE(outcome->error) << *outcome->error;
    EXPECT_EQ(outcome->record.state, RunState::done);
    EXPECT_TRUE(goal_holds(wanted));
    EXPECT_EQ(host.reboots, 1);
    EXPECT_FALSE(host.claimed) << "the marker is gone when nobody works on the host";
    EXPECT_TRUE(std::filesystem::exists(folder.path / "rescue" / "run-1.txt"));

    const auto back = undo(outcome->record.id);
    ASSERT_TRUE(back) << back.error();
    EXPECT_FALSE(back->error) << *back->error;
    EXPECT_EQ(host.reboots, 2);
    expect_as_before();
    EXPECT_EQ(journal->read_run(outcome->record.id)->state, RunState::undone);
    EXPECT_FALSE(*journal->open_run(host.facts.uuid));
}

TEST_F(Run, ASecondRunForTheSameGoalDoesNothing)
{
    ASSERT_TRUE(start(goal()));
    host.applied.clear();
    const auto again = start(goal());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->record.state, RunState::done);
    EXPECT_EQ(again->record.id, 0);
    EXPECT_THAT(host.applied, IsEmpty());
}

TEST_F(Run, NoIsNo)
{
    talk.answer = [](const Plan&, bool) { return false; };
    const auto refused = start(goal());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::interrupted);
    EXPECT_THAT(host.applied, IsEmpty());
    expect_as_before();
    EXPECT_THAT(*journal->runs(""), IsEmpty());
}

TEST_F(Run, AHostThatStaysPendingIsNotRebootedAgain)
{
    host.after_boot = [](HostFacts& f) {
        f.settings["pci.0000:00:02.0.owner"].effective = "host";
        f.pci[0].current_owner = "host";
    };
    const auto outcome = start(goal());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->record.state, RunState::stopped);
    EXPECT_EQ(host.reboots, 1);
    ASSERT_EQ(outcome->findings.size(), 1u);
    EXPECT_EQ(outcome->findings[0].id, "pending-after-reboot");
    EXPECT_FALSE(outcome->findings[0].fix.empty());

    const auto again = resume(outcome->record.id);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->record.state, RunState::stopped);
    EXPECT_EQ(host.reboots, 1) << "not on resume either";

    host.after_boot = nullptr;
    ASSERT_TRUE(undo(outcome->record.id));
    expect_as_before();
}

TEST_F(Run, SettingsLostInOurRebootStopTheRun)
{
    host.after_boot = [](HostFacts& f) {
        f.settings["kernel.vga"] = {"TRUE", "TRUE"};
        f.settings["pci.0000:00:02.0.owner"] = {"host", "host"};
        f.console_gpu = gpu;
    };
    const auto outcome = start(goal());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->record.state, RunState::stopped);
    EXPECT_EQ(host.reboots, 1);
}

TEST_F(Run, SettingsLostInARebootOfTheHostsOwnAreSetAgain)
{
    bool once = true;
    host.fault = [&](const Step& step) -> std::optional<ModelHost::Fault> {
        if (step.id != "enable-passthrough" || !std::exchange(once, false))
            return std::nullopt;
        host.facts.settings["kernel.vga"].configured = "TRUE";
        boot(host.facts);
        return ModelHost::Fault{{.kind = ErrorKind::unreachable, .what = "connection lost"}};
    };
    const Goal wanted = goal();
    const auto cut = start(wanted);
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->record.state, RunState::stopped);
    const auto outcome = resume(cut->record.id);
    ASSERT_TRUE(outcome) << outcome.error();
    EXPECT_FALSE(outcome->error) << *outcome->error;
    EXPECT_TRUE(goal_holds(wanted));
    EXPECT_EQ(host.reboots, 1) << "one of ours";
}

TEST_F(Run, TheConnectionMayBreakDuringTheReboot)
{
    host.fault = [](const Step& step) -> std::optional<ModelHost::Fault> {
        if (step.id != "reboot-host")
            return std::nullopt;
        return ModelHost::Fault{{.kind = ErrorKind::timeout, .what = "the host has not come back"}, true};
    };
    const Goal wanted = goal();
    const auto waiting = start(wanted);
    ASSERT_TRUE(waiting);
    EXPECT_EQ(waiting->record.state, RunState::waiting);
    host.fault = nullptr;
    const auto outcome = resume(waiting->record.id);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->record.state, RunState::done);
    EXPECT_EQ(host.reboots, 1) << "it had rebooted";
    EXPECT_TRUE(goal_holds(wanted));
}

TEST_F(Run, CtrlCFinishesTheStepAndResumeGoesOn)
{
    talk.stop_after = "stop-guests";
    const Goal wanted = goal();
    const auto stopped = start(wanted);
    ASSERT_TRUE(stopped);
    EXPECT_EQ(stopped->record.state, RunState::stopped);
    EXPECT_THAT(host.applied, ElementsAre("prove-ssh", "stop-guests"));
    const auto other = start(wanted);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::busy);
    talk = {};
    ASSERT_TRUE(resume(stopped->record.id));
    EXPECT_TRUE(goal_holds(wanted));
}

TEST_F(Run, UndoOfAStoppedRunStartsTheGuestsItStopped)
{
    talk.stop_after = "stop-guests";
    const auto stopped = start(goal());
    talk = {};
    ASSERT_TRUE(undo(stopped->record.id));
    expect_as_before();
    EXPECT_EQ(host.reboots, 0);
}

TEST_F(Run, AnUnseenImpactAsksAgain)
{
    host.facts.settings["kernel.vga"] = {"FALSE", "FALSE"};
    host.facts.console_gpu.reset();
    host.fault = [&](const Step& step) -> std::optional<ModelHost::Fault> {
        if (step.id == "viommu-off")  // the GPU turns out to be pending after all
            host.facts.settings["pci.0000:00:02.0.owner"].effective = "host";
        return std::nullopt;
    };
    talk.answer = [](const Plan&, bool again) { return !again; };
    const auto outcome = start(goal());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->record.state, RunState::waiting);
    EXPECT_EQ(host.reboots, 0) << "no reboot without a recorded yes";
}

TEST_F(Run, ARunIsUndoneAfterThoseThatCameLaterAndChangedTheSame)
{
    const auto attached = start(goal());
    ASSERT_TRUE(attached && !attached->error);
    const auto detached = start(*host.detach_goal(host.facts, {.gpu = gpu, .consents = {}}));
    ASSERT_TRUE(detached && !detached->error);
    const auto early = undo(attached->record.id);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().kind, ErrorKind::usage);
    EXPECT_THAT(early.error().next, HasSubstr("undo " + std::to_string(detached->record.id)));

    const auto later = undo(detached->record.id);
    ASSERT_TRUE(later && !later->error);
    const auto twice = undo(later->record.id);
    ASSERT_FALSE(twice) << "an undo of an undo";
    EXPECT_THAT(twice.error().what, HasSubstr("an undo itself"));
    ASSERT_TRUE(undo(attached->record.id)->record.state == RunState::done);
    expect_as_before();
}

TEST_F(Run, WhatIsAllowedAtAResumeCounts)
{
    for (Vm& vm : host.facts.vms)
        if (vm.name == "debian")
            vm.tools_running = true;
    talk.stop_after = "prove-ssh";
    const auto stopped = start(goal());
    ASSERT_TRUE(stopped);
    talk = {};
    for (Vm& vm : host.facts.vms)
        if (vm.name == "debian")
            vm.tools_running = false;
    const auto blocked = resume(stopped->record.id);
    ASSERT_TRUE(blocked);
    ASSERT_TRUE(blocked->error) << "no tools: it cannot be asked";
    const auto allowed = resume_run(host, *journal, stopped->record.id, {.accept = {}, .power_off = {"debian"}}, options(), talk);
    ASSERT_TRUE(allowed) << allowed.error();
    EXPECT_EQ(allowed->record.state, RunState::done) << *allowed->error;
}

TEST_F(Run, AnUndoneRunIsNotUndoneTwice)
{
    const auto outcome = start(goal());
    ASSERT_TRUE(undo(outcome->record.id));
    const auto twice = undo(outcome->record.id);
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error().what, HasSubstr("already"));
}

// Every call of a plan fails in turn, before or after its effect: undo brings the host back, and so does resume reach
// the goal.
TEST_F(Run, EveryStepFailingInTurnCanBeUndoneAndResumed)
{
    const auto steps = host.plan(host.facts, goal()).steps;
    for (const Step& failing : steps)
        for (const bool acts : {false, true})
            for (const bool undoing : {false, true}) {
                SCOPED_TRACE(failing.id + (acts ? " after" : " before") + (undoing ? " undo" : " resume"));
                ModelHost fresh{nuc11()};
                fresh.facts.vms[2].autostart = false;  // so that start-guests is reached
                StateFolder own;
                auto log = *open_journal(own.path);
                const RunOptions opts{.state_folder = own.path, .uri = "model:", .command = "attach"};
                const Goal wanted = *fresh.attach_goal(fresh.facts, {.gpu = gpu, .vm = "debian", .start = true});
                fresh.fault = [&](const Step& step) -> std::optional<ModelHost::Fault> {
                    if (step.id != failing.id)
                        return std::nullopt;
                    return ModelHost::Fault{{.kind = acts ? ErrorKind::unreachable : ErrorKind::failed, .what = "fault"}, acts};
                };
                const auto cut = start_run(fresh, *log, fresh.facts, wanted, opts, talk);
                ASSERT_TRUE(cut);
                ASSERT_TRUE(cut->error);
                fresh.fault = nullptr;
                const auto end = undoing ? undo_run(fresh, *log, cut->record.id, {}, opts, talk) : resume_run(fresh, *log, cut->record.id, {}, opts, talk);
                ASSERT_TRUE(end) << end.error();
                ASSERT_FALSE(end->error) << *end->error;
                if (undoing)
                    EXPECT_EQ(fresh.facts.settings, nuc11().settings);
                else
                    EXPECT_TRUE(fresh.plan(fresh.facts, wanted).steps.empty());
                EXPECT_LE(fresh.reboots, 2);
            }
}

TEST_F(Run, DeathAtEveryJournalWriteLeavesNothingThatCannotBeResumedOrUndone)
{
    for (int writes = 0;; ++writes) {
        bool died = false;
        for (const bool undoing : {false, true}) {
            SCOPED_TRACE(writes);
            ModelHost fresh{nuc11()};
            StateFolder own;
            auto log = *open_journal(own.path);
            DyingJournal dying{*log, writes};
            const RunOptions opts{.state_folder = own.path, .uri = "model:", .command = "attach"};
            const Goal wanted = *fresh.attach_goal(fresh.facts, {.gpu = gpu, .vm = "debian", .start = true});
            (void)start_run(fresh, dying, fresh.facts, wanted, opts, talk);
            died = dying.died();
            const auto open = *log->open_run(fresh.facts.uuid);
            if (!open) {
                EXPECT_TRUE(writes == 0 || !died);
                continue;
            }
            const auto end = undoing ? undo_run(fresh, *log, open->id, {}, opts, talk) : resume_run(fresh, *log, open->id, {}, opts, talk);
            ASSERT_TRUE(end) << end.error();
            ASSERT_FALSE(end->error) << *end->error;
            if (undoing)
                EXPECT_EQ(fresh.facts.settings, nuc11().settings);
            else
                EXPECT_TRUE(fresh.plan(fresh.facts, wanted).steps.empty());
            EXPECT_LE(fresh.reboots, undoing ? 2 : 1);
        }
        if (!died)
            break;
        ASSERT_LT(writes, 500);
    }
}

/// The connection breaks once the host was told to reboot.
void cut_in_the_reboot(ModelHost& host)
{
    host.fault = [](const Step& step) -> std::optional<ModelHost::Fault> {
        if (step.id != "reboot-host")
            return std::nullopt;
        return ModelHost::Fault{{.kind = ErrorKind::interrupted, .what = "cut"}, true};
    };
}

TEST_F(Run, ResumeWaitsForAHostWhoseRebootWasUnderWay)
{
    cut_in_the_reboot(host);
    const auto cut = start(goal());
    ASSERT_TRUE(cut) << cut.error();
    host.fault = nullptr;
    host.away = 2;
    const auto outcome = resume(cut->record.id);
    ASSERT_TRUE(outcome) << outcome.error();
    EXPECT_EQ(outcome->record.state, RunState::done);
    EXPECT_EQ(host.reboots, 1);
    EXPECT_EQ(host.away, 0);
}

TEST_F(Run, UndoWaitsToo)
{
    cut_in_the_reboot(host);
    const auto cut = start(goal());
    ASSERT_TRUE(cut) << cut.error();
    host.fault = nullptr;
    host.away = 1;
    const auto back = undo(cut->record.id);
    ASSERT_TRUE(back) << back.error();
    EXPECT_FALSE(back->error) << *back->error;
    expect_as_before();
}

TEST_F(Run, UndoWaitsForAHostThatWasToldToRebootToGoDown)
{
    host.fault = [this](const Step& step) -> std::optional<ModelHost::Fault> {
        host.facts.reboot_asked_for = step.id == "reboot-host";
        return host.facts.reboot_asked_for ? std::optional{ModelHost::Fault{{.kind = ErrorKind::interrupted, .what = "cut"}, false}} : std::nullopt;
    };
    const auto cut = start(goal());
    ASSERT_TRUE(cut) << cut.error();
    host.fault = nullptr;
    int probes = 0;
    host.before_probe = [&](HostFacts& facts) {
        if (++probes != 3)
            return;
        boot(facts);
        facts.reboot_asked_for = false;
    };
    const auto back = undo(cut->record.id);
    ASSERT_TRUE(back) << back.error();
    EXPECT_FALSE(back->error) << *back->error;
    EXPECT_EQ(host.reboots, 1) << "the way back; the other one is the host's";
    expect_as_before();
}

TEST_F(Run, UndoLetsGuestsGoDownThatWereAskedToStopAndStartsThemAgain)
{
    host.fault = [](const Step& step) -> std::optional<ModelHost::Fault> {
        if (step.id != "stop-guests")
            return std::nullopt;
        return ModelHost::Fault{{.kind = ErrorKind::interrupted, .what = "cut"}, false};
    };
    const auto cut = start(goal());
    ASSERT_TRUE(cut) << cut.error();
    host.fault = nullptr;
    const auto back = undo(cut->record.id);
    ASSERT_TRUE(back) << back.error();
    EXPECT_FALSE(back->error) << *back->error;
    EXPECT_THAT(host.applied, ElementsAre("prove-ssh", "stop-guests", "start-vm", "start-guests"));
    expect_as_before();
}

TEST_F(Run, AHostThatWasNotRebootingMustAnswerAtOnce)
{
    talk.stop_after = "stop-guests";
    const auto stopped = start(goal());
    ASSERT_TRUE(stopped) << stopped.error();
    talk.wish = 0;
    host.away = 1;
    const auto outcome = resume(stopped->record.id);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::unreachable);
}

}  // namespace
}  // namespace gpupass::test
