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
    std::vector<Want> strangers;  // ids of functions that are not what the goal was made for
    std::vector<Want> drivers;    // driver, override and owner of functions: all wants of each function that differs in one
    std::vector<Want> consoles;
    std::vector<Want> services;
    std::vector<Want> rules;      // of udev: persist.ADDRESS
    std::vector<Want> words;       // of the kernel's command line, that have to be changed for the next boot or come into effect by it
    std::vector<VmEdit> edits;
    PowerNeeds power;
    bool nothing() const
    {
        return drivers.empty() && strangers.empty() && consoles.empty() && services.empty() && rules.empty() && words.empty() && edits.empty() && power.to_stop.empty() && power.to_start.empty();
    }
};

Needs needs_of(const HostFacts& facts, const Goal& goal);

/// Of a goal that seems to hold: whether it does could not be seen.
std::vector<Blocker> blockers_of_an_end(const HostFacts& facts, const Goal& goal);
std::vector<Blocker> blockers_of(const HostFacts& facts, const Goal& goal, const Needs& needs);
std::vector<Warning> warnings_of(const HostFacts& facts, const Goal& goal, const Needs& needs);

/// A member of the GPU's IOMMU group that need not change hands: a PCI bridge, or a function without a driver. (The kernel's rule
/// for a viable group: every function is unbound, or bound to vfio, pci-stub or pcieport.)
bool stays(const PciDevice& device);

/// Whatever shares the GPU's IOMMU group changes hands with it, or the VM does not start; bridges stay as they are. The GPU first.
std::vector<const PciDevice*> with_group(const HostFacts& facts, const PciDevice& gpu);

/// The goal and what a person accepted for it: who is in the GPU's group may be known only after the reboot that turns the IOMMU
/// on, when the goal is frozen.
Goal with_accepted_peers(const HostFacts& facts, Goal goal);

/// True when the goal hands functions to vfio-pci.
bool gives_away(const Goal& goal);

}  // namespace gpupass::linux_host
