#include "model_host/run_fixture.hpp"

#include <algorithm>

// What is journalled, what is done once only, what an undo brings back.

namespace gpupass::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

}  // namespace
}  // namespace gpupass::test
