#pragma once

#include "cli/surroundings.hpp"
#include "guest/remote/verdict.hpp"
#include "model/plan.hpp"

#include <optional>
#include <string>

namespace gpupass::cli {

/// `usage` when --guest names no way that can lead into a guest.
Result<void> check_guest(Context& context);

/// Asks a guest that may still boot, for as long as `boots`: `unproven`, with the reason, when it cannot be asked.
Verdict ask_guest(Context& context, Machine& guest, GuestQuestion question, std::chrono::seconds boots);

/// The same for a VM of a host, by the way that the options or the host know.
Verdict prove_vm(Context& context, const OpenedHost& host, const Vm& vm, const GuestQuestion& question);

/// After a VM was given a GPU: asks the guest whether it works. Waits for a guest that boots. nullopt when the goal
/// gives no VM a GPU; `unproven`, with the reason, when the guest cannot be asked.
std::optional<Verdict> prove_in_guest(Context& context, const OpenedHost& host, const HostFacts& facts,
                                      const Goal& goal);

}  // namespace gpupass::cli
