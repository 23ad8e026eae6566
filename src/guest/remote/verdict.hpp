#pragma once

#include "model/pci.hpp"
#include "model/verdict.hpp"
#include "transport/machine.hpp"

#include <optional>
#include <string>

// What a guest says of the GPU it was given.

namespace gpupass {

/// What a guest is asked.
struct GuestQuestion {
    std::optional<PciId> gpu{};           // nullopt: the guest's only GPU that no hypervisor made
    std::optional<PciAddress> address{};  // as the guest numbers it; nullopt: where the id is found
    bool fast{};            // no figures
    bool allow_software{};  // compute on software renderers too
    std::string program{};  // gpupass-guest for x86-64, gzip-compressed: brought there where none is installed; "": there is none
};

/// Reads the answer of a gpupass-guest that was run.
Result<Verdict> report_of(const Answer& answer);
/// The words after its name.
std::vector<std::string> words_of(const GuestQuestion& question);

/// Asks a Linux guest: PCI devices with that id, driver, render node, kernel log, and the report of gpupass-guest: of the one
/// that is installed, else of the one that is brought there for this run. `working` only from a report of a finished
/// computation; a live driver alone is `unproven`.
Result<Verdict> verify_linux_guest(Machine& guest, const GuestQuestion& question, Deadline deadline);

}  // namespace gpupass
