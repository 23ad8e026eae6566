#pragma once

#include "hosts/parts.hpp"

// What stands between the facts and a goal on Linux, sorted by what has to be done for it.

namespace gpupass::linux_host {

/// One VM whose devices change. A want's key is the device's address.
struct VmEdit {
    std::string vm;
    std::vector<Want> add;      // whole settings' keys
    std::vector<Want> remove;
};

struct Needs {
    std::vector<Want> drivers;    // driver, override and owner of functions: all wants of each function that differs in one
    std::vector<Want> consoles;
    std::vector<Want> services;
    std::vector<Want> files;
    std::vector<Want> words;       // of the kernel's command line, that have to be changed for the next boot or come into effect by it
    std::vector<VmEdit> edits;
    PowerNeeds power;
    bool nothing() const
    {
        return drivers.empty() && consoles.empty() && services.empty() && files.empty() && words.empty() && edits.empty() && power.to_stop.empty() && power.to_start.empty();
    }
};

Needs needs_of(const HostFacts& facts, const Goal& goal);

std::vector<Blocker> blockers_of(const HostFacts& facts, const Goal& goal, const Needs& needs);
std::vector<Warning> warnings_of(const HostFacts& facts, const Goal& goal, const Needs& needs);

/// A member of the GPU's IOMMU group that need not change hands: a PCI bridge, or a function without a driver. (The kernel's rule
/// for a viable group: every function is unbound, or bound to vfio, pci-stub or pcieport.)
bool stays(const PciDevice& device);

/// True when the goal hands functions to vfio-pci.
bool gives_away(const Goal& goal);

}  // namespace gpupass::linux_host
