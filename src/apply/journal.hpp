#pragma once

#include "hosts/host.hpp"
#include "model/facts.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The journal is what outlives a crash: every run, its frozen goal, each step's begin (on disk before the host is
// touched) and end, and the values before. SQLite, one file in the state folder, schema versioned by user_version.

namespace gpupass {

enum class RunState {
    running,  // in this process now, or its process died
    done,     // the facts say so
    stopped,  // by a person, or by a finding: resume or undo
    waiting,  // for a reboot that has not come back: resume
    failed,   // a step failed: resume or undo
    undone    // an undo run brought the values before back
};
std::string to_string(RunState state);

enum class StepState { planned, begun, done, failed, skipped };
std::string to_string(StepState state);

struct StepRecord {
    std::string id;
    std::string title;
    StepState state{StepState::planned};
    double seconds{};
    std::optional<Boot> boot;       // of the host when it began
    std::vector<Want> sets;
    std::vector<Want> before;       // values before, of every key in sets; nullopt: was absent
    int times{};                    // how often it began
};

struct RunRecord {
    long id{};
    std::string host_uuid;
    std::string host_name;
    std::string uri;                // how it was reached, without secrets
    std::string command;            // "attach 0000:00:02.0 --vm debian --start"
    Goal goal;
    RunState state{RunState::running};
    std::int64_t started_at{};      // Unix seconds
    std::int64_t ended_at{};        // 0 while it is open
    std::optional<long> undoes;     // the run that this one undoes
    std::string message;            // why it stopped, in a sentence
    std::vector<StepRecord> steps;  // in the order of first planning
    std::vector<BeforeImage> images;
    /// True when nothing can be resumed: done or undone.
    bool is_closed() const { return state == RunState::done || state == RunState::undone; }
};

class Journal {
public:
    virtual ~Journal() = default;
    /// Each write is durable (fsync) when the call returns.
    virtual Result<long> begin_run(const RunRecord& record) = 0;
    virtual Result<void> save_step(long run, const StepRecord& step) = 0;
    virtual Result<void> save_images(long run, const std::vector<BeforeImage>& images) = 0;
    virtual Result<void> end_run(long run, RunState state, const std::string& message) = 0;

    virtual Result<RunRecord> read_run(long run) = 0;
    /// Newest first. host_uuid "" = all hosts.
    virtual Result<std::vector<RunRecord>> runs(const std::string& host_uuid) = 0;
    /// The newest run of the host that is not closed.
    virtual Result<std::optional<RunRecord>> open_run(const std::string& host_uuid) = 0;
    /// UUID of the host last seen under this URI; nullopt when it was never seen. For `status` without a connection.
    virtual Result<std::optional<std::string>> host_seen_at(const std::string& uri) = 0;
};

/// Opens or creates STATE_FOLDER/journal.db (mode 0600). A newer schema is refused, an older one is migrated.
Result<std::unique_ptr<Journal>> open_journal(const std::filesystem::path& state_folder);

}  // namespace gpupass
