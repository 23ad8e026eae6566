#pragma once

#include "model_host/model_host.hpp"
#include "model_host/talk.hpp"

#include <gmock/gmock.h>

#include <memory>

namespace gpupass::test {

inline constexpr PciAddress gpu{0, 0, 2, 0};

/// Runs on a host that is a value, with a journal in a folder of its own.
class Run : public testing::Test {
protected:
    Run() : journal(*open_journal(folder.path)) {}

    Goal goal(AttachRequest request = {.gpu = gpu, .vm = "debian", .start = true}) { return *host.attach_goal(host.facts, request); }
    RunOptions options() { return {.state_folder = folder.path, .uri = "model:", .command = "attach", .look_again = std::chrono::milliseconds{1}}; }
    Result<RunOutcome> start(const Goal& wanted) { return start_run(host, *journal, host.facts, wanted, options(), talk); }
    /// A run that host.fault stops; afterwards nothing fails any more.
    long start_and_cut()
    {
        const auto outcome = start(goal());
        host.fault = nullptr;
        return outcome.value().record.id;
    }
    Result<RunOutcome> resume(long run) { return resume_run(host, *journal, run, {}, options(), talk); }
    Result<RunOutcome> undo(long run) { return undo_run(host, *journal, run, {}, options(), talk); }

    void expect_as_before()
    {
        const HostFacts before = nuc11();
        EXPECT_EQ(host.facts.settings, before.settings);
        EXPECT_THAT(host.sheets, testing::IsEmpty());
        EXPECT_FALSE(host.claimed);
    }
    bool goal_holds(const Goal& wanted) { return host.plan(host.facts, wanted).steps.empty(); }

    StateFolder folder;
    ModelHost host{nuc11()};
    std::unique_ptr<Journal> journal;
    Talk talk;
};

}  // namespace gpupass::test
