#pragma once

#include "apply/journal.hpp"
#include "hosts/host.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Runs a plan on a host: probe, plan, one step, probe again, until the facts say that the goal holds.

namespace gpupass {

/// `waits`: whether the step worked is for the next look to see, and nothing is lost.
enum class StepEnd { done, failed, waits };

/// The person's side of a run. Everything goes to stderr or nowhere; the CLI and the tests implement it.
class RunTalk {
public:
    virtual ~RunTalk() = default;
    /// Shows the plan and asks. False: no. Called before the first step, and again when new facts demand a step that
    /// reboots the host, cuts power or darkens the console and that was not in the plan agreed to.
    virtual bool agree(const Plan& plan, bool again) = 0;
    virtual void step_begins(const Step& step, int number, int total) = 0;
    /// Called often while a step waits; `note` says for what.
    virtual void step_waits(const Step& step, std::string_view note, std::chrono::milliseconds elapsed) = 0;
    virtual void step_ends(const Step& step, StepEnd end, std::chrono::milliseconds elapsed) = 0;
    /// Ctrl-C: 0 none, 1 finish the step and stop, 2 leave at once.
    virtual int stop_wish() const = 0;
};

struct RunOptions {
    std::filesystem::path state_folder;
    std::string uri;
    std::string command;                               // words of the person, for history
    std::chrono::seconds probe_time{120};
    std::chrono::seconds return_time{1200};            // how long resume and undo wait for a host that was rebooting
    std::chrono::seconds leave_time{180};              // ... and for one that was told to reboot to go down
    std::chrono::milliseconds look_again{1000};        // pause between two looks
};

/// How a run ended. `error` says why when it is not done.
struct RunOutcome {
    RunRecord record;
    HostFacts facts;                // the last ones read
    std::vector<Finding> findings;  // what stopped it
    std::optional<Error> error;
};

/// Starts a run for `goal`. Needs the host to have no open run (`busy` otherwise). An empty plan ends `done` at once
/// without a run in the journal (record.id 0). An Error means that nothing was begun.
Result<RunOutcome> start_run(Host& host, Journal& journal, const HostFacts& facts, const Goal& goal,
                             const RunOptions& options, RunTalk& talk);

/// Goes on with an open run: plan(fresh facts, its goal). `consents`: what the person allows beyond what the run was begun with,
/// this time.
Result<RunOutcome> resume_run(Host& host, Journal& journal, long run, const Consents& consents, const RunOptions& options, RunTalk& talk);

/// The goal that brings back the values before of a run: keys whose last value of ours differs from the one before,
/// and everything the platform added to keys of ours. Pure.
Goal undo_goal(const RunRecord& run, const Consents& consents);

/// Why a run of the journal cannot be undone on the host of these facts: it is another host's, undone already, an undo itself, or
/// a later run changed the same settings and must be undone first.
Result<void> check_undoable(Journal& journal, const RunRecord& run, const HostFacts& facts);

/// Undoes a run (open or done). Afterwards nothing of ours remains on the host and the run is `undone`.
Result<RunOutcome> undo_run(Host& host, Journal& journal, long run, const Consents& consents,
                            const RunOptions& options, RunTalk& talk);

}  // namespace gpupass
