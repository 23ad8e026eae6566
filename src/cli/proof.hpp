#pragma once

#include "cli/surroundings.hpp"
#include "guest/remote/verdict.hpp"
#include "model/plan.hpp"

#include <optional>
#include <string>

namespace gpupass::cli {

/// `usage` when --guest names no way that can lead into a guest.
Result<void> check_guest(const Options& options);

/// After a VM was given a GPU: asks the guest whether it works. Waits for a guest that boots. nullopt when the goal
/// gives no VM a GPU; `unproven`, with the reason, when the guest cannot be asked.
std::optional<Verdict> prove_in_guest(Context& context, const OpenedHost& host, const HostFacts& facts,
                                      const Goal& goal);

}  // namespace gpupass::cli
