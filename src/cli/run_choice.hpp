#pragma once

#include "apply/journal.hpp"
#include "cli/surroundings.hpp"

#include <optional>
#include <string>
#include <vector>

// Which run of which host a command means, as far as the journal can tell without a connection.

namespace gpupass::cli {

/// Runs of the hosts that were named, newest first; of all hosts when none was. Empty without a journal.
Result<std::vector<RunRecord>> runs_of_named_hosts(Context& context);

/// The run that `undo` means: the one with that number, or the newest of the host that can be undone.
Result<RunRecord> run_to_undo(Context& context);

/// The run that `resume` means: the open one.
Result<RunRecord> run_to_resume(Context& context);

/// The host of a run: what --host says, else the way by which the run reached it.
Result<HostChoice> host_of_run(Context& context, const RunRecord& run);

}  // namespace gpupass::cli
