#pragma once

#include "hosts/host.hpp"

// What lies on the host while a run is open: a marker against a second gpupass on another computer, and the rescue sheet.

namespace gpupass::linux_host {

/// Puts our marker into /run, or refreshes it. `busy` when another computer's marker of less than ten minutes is there.
Result<void> claim_host(Machine& machine, const HostFacts& facts, const Holder& holder, Deadline deadline);
Result<void> release_host(Machine& machine, Deadline deadline);

Result<void> write_sheet(Machine& machine, long run, std::string_view text, Deadline deadline);
Result<void> remove_sheet(Machine& machine, long run, Deadline deadline);

}  // namespace gpupass::linux_host
