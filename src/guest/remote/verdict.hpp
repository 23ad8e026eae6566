#pragma once

#include "model/pci.hpp"
#include "model/verdict.hpp"
#include "transport/machine.hpp"

// What a guest says of the GPU it was given.

namespace gpupass {

/// Asks a Linux guest: PCI devices with that id, driver, render node, kernel log, and its gpupass-guest report when
/// it has one. `working` only from a report of a finished computation; a live driver alone is `unproven`.
Result<Verdict> verify_linux_guest(Machine& guest, const PciId& gpu, Deadline deadline);

}  // namespace gpupass
