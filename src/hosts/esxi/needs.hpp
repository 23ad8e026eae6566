#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"

#include <map>
#include <string>
#include <vector>

// What stands between the facts and a goal on ESXi, sorted by what has to be done for it. plan.cpp makes steps of it,
// blockers.cpp judges it.

namespace gpupass::esxi {

/// One VM whose configuration must change: keys as in its .vmx.
struct VmEdits {
    std::string vm;
    bool gains_device{};               // edits belong after the reboot; otherwise before it
    std::vector<Want> device;          // pciPassthruN.*
    std::vector<Want> memory;          // sched.mem.*
    std::vector<Want> viommu;          // vvtd.enable
    bool empty() const { return device.empty() && memory.empty() && viommu.empty(); }
};

struct Needs {
    std::vector<Want> kernel;            // not configured as wanted
    std::vector<Want> owner;             // not configured as wanted
    std::vector<Want> host_in_effect;    // all kernel and owner wants that are not in effect yet
    bool leave_maintenance{};            // a reboot of ours that was cut short left the host in it
    bool reboot{};                       // as far as the facts tell
    std::vector<VmEdits> edits;
    std::vector<std::string> to_stop;    // running VMs
    std::vector<std::string> to_start;   // VMs that must run in the end and are off, or will be stopped
    bool nothing() const;
};

Needs needs_of(const HostFacts& facts, const Goal& goal);

}  // namespace gpupass::esxi
