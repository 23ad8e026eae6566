#pragma once

#include "apply/run.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

// The loop beneath start, resume and undo. Private to apply/.

namespace gpupass {

class Runner {
public:
    /// `record` is in the journal already. `images` are those its edits may bring back: of the run undone, or its own.
    Runner(Host& host, Journal& journal, const RunOptions& options, RunTalk& talk, RunRecord record)
        : host_(host), journal_(journal), options_(options), talk_(talk), run_(std::move(record))
    {
    }

    /// What the person agreed to: its reboots, power-offs and dark screens are not asked for again.
    void agreed(const Plan& plan);

    /// Before an undo: guests that the run undone had asked to stop go down in a while, and would do so after the undo has
    /// seen them run. They are waited for first; then they are started again like all others. A guest that cannot be
    /// asked was not asked.
    void finish_stops(long undone);

    /// Until the goal holds, a step fails, a finding or the person stops it. `finish` runs once the goal holds.
    RunOutcome go(const std::function<Result<void>(const HostFacts&)>& finish);

private:
    enum class Turn { again, end };

    Turn turn();
    bool probe();
    void settle_doubt();
    bool may_begin(const Step& step);
    bool is_agreed(const Plan& plan) const;
    void drop_proven(Plan& plan) const;
    Turn do_step(const Step& step, const Plan& plan);
    Turn step_failed(const Step& step, StepRecord& record, const Error& error);
    Turn stop(RunState state, Error error, std::vector<Finding> findings = {});
    bool save(const StepRecord& record);
    void mark_rest_skipped();

    StepRecord& record_of(const Step& step);
    const StepRecord* earlier(const Step& step) const;
    bool ended_by_our_reboot(const Boot& boot) const;
    Holder holder() const;

    Host& host_;
    Journal& journal_;
    const RunOptions& options_;
    RunTalk& talk_;
    RunRecord run_;
    RunOutcome outcome_;
    std::map<std::string, int> tries_;   // of each step and its settings, since a person started or resumed this
    std::set<std::string> agreed_;  // what agreed() saw, one word an impact
    std::function<Result<void>(const HostFacts&)> finish_;
};

/// What undo needs: the configured value of each key, and of every key below the patterns that become ours. A value
/// that was not in effect then (a switch that waited for a reboot) need not come into effect by an undo.
std::vector<Want> values_before(const Settings& settings, const Step& step);

/// Identity of this computer and state folder, for the marker on the host.
Holder make_holder(const RunOptions& options, long run);

/// `anna@laptop, attach ...`
std::string who_runs(const RunOptions& options);

}  // namespace gpupass
