#pragma once

#include "model/finding.hpp"
#include "model/pci.hpp"
#include "transport/machine.hpp"

#include <optional>
#include <string>
#include <vector>

// What a guest says of the GPU it was given.

namespace gpupass {

struct Check {
    std::string id;      // begins with pci driver firmware node display opencl vulkan vaapi engine speed software windows
    std::string result;  // pass fail warn skip
    std::string detail;
    std::optional<double> value;
    std::string unit;
    std::optional<double> expected;
};

struct Verdict {
    std::string word{"unproven"};  // working, degraded, not-working, unproven
    std::string why;               // one sentence
    bool simulated{};              // the guest itself says that its report is a simulation
    std::vector<Check> checks;
};

/// Asks a Linux guest: PCI devices with that id, driver, render node, kernel log, and its gpupass-guest report when
/// it has one. `working` only from a report of a finished computation; a live driver alone is `unproven`.
Result<Verdict> verify_linux_guest(Machine& guest, const PciId& gpu, Deadline deadline);

}  // namespace gpupass
