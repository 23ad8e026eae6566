#include "model_host/run_fixture.hpp"

// A run that is cut: by a step that fails, by the death of the process, in the middle of the reboot.

namespace gpupass::test {
namespace {

using testing::ElementsAre;

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
    const long cut = start_and_cut();
    host.away = 2;
    const auto outcome = resume(cut);
    ASSERT_TRUE(outcome) << outcome.error();
    EXPECT_EQ(outcome->record.state, RunState::done);
    EXPECT_EQ(host.reboots, 1);
    EXPECT_EQ(host.away, 0);
}

TEST_F(Run, UndoWaitsToo)
{
    cut_in_the_reboot(host);
    const long cut = start_and_cut();
    host.away = 1;
    const auto back = undo(cut);
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
    const long cut = start_and_cut();
    int probes = 0;
    host.before_probe = [&](HostFacts& facts) {
        if (++probes != 3)
            return;
        boot(facts);
        facts.reboot_asked_for = false;
    };
    const auto back = undo(cut);
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
    const long cut = start_and_cut();
    const auto back = undo(cut);
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
