#pragma once

#include "apply/run.hpp"

// A begin without an end: what was asked of the host may be under way while the next process looks at it. These functions
// wait until it has happened or is known not to. Private to apply/.

namespace gpupass {

/// The step that was rebooting the host when the run was cut; null when none was.
const StepRecord* reboot_in_doubt(const RunRecord& run);

/// Probes. With a `reboot` in doubt (null: none) a host that is away is waited for (options.return_time), and one that was
/// told to reboot is given the time to go down (options.leave_time): what is changed on its way down is lost.
Result<HostFacts> probe_when_back(Host& host, const StepRecord* reboot, const RunOptions& options, RunTalk& talk);

/// The step that stops the VMs of a record whose stop was asked for and not seen to end; nullopt for other records.
std::optional<Step> stop_in_doubt(const StepRecord& record, const Consents& consents);

}  // namespace gpupass
