#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"
#include "model/result.hpp"

#include <string>
#include <string_view>
#include <vector>

// What the planners of all platforms have in common: which functions and VMs a sentence means, and the steps that stop
// and start VMs. Pure.

namespace gpupass {

Result<const PciDevice*> find_gpu(const HostFacts& facts, const PciAddress& address);
/// By name or id; several VMs of that name, or none, are errors that list what there is.
Result<const Vm*> find_one_vm(const HostFacts& facts, const std::string& name);
/// Settings are keyed by the VM's name, so the name must be the VM's alone, even when it was found by its id.
Result<void> require_unique_name(const HostFacts& facts, const Vm& vm);

/// The GPU and what goes along with it: the audio function of the same card.
std::vector<const PciDevice*> functions_of(const HostFacts& facts, const PciDevice& gpu);

/// The function as the VM's configuration names it; null when it does not.
const VmDevice* device_at(const Vm& vm, const PciAddress& address);

bool is_in(const std::vector<std::string>& names, std::string_view name);
/// "accept ADDRESS", "accept no-ssh-proof".
bool accepts(const Goal& goal, std::string_view what);

/// VMs in the way of a plan, and those that have to run at its end.
struct PowerNeeds {
    std::vector<std::string> to_stop;   // running VMs
    std::vector<std::string> to_start;  // VMs that must run in the end and are off, or will be stopped
};
/// From what the goal says of each VM's power. `all`: every running VM has to stop (the host will reboot), but those that are moved away; `edited`: these
/// have to, since their configuration changes.
PowerNeeds power_needs(const HostFacts& facts, const Goal& goal, bool all, const std::vector<std::string>& edited);

/// `power = off` (or on) for each VM.
std::vector<Want> power_sets(const std::vector<std::string>& vms, const char* power);
/// The step "stop-guests". VMs that the person lets be cut off are cut, all others asked.
Step stop_step(const std::vector<std::string>& to_stop, const Goal& goal, std::string why);
/// The steps "start-vm" (the goal's VM) and "start-guests" (all others).
void add_start_steps(std::vector<Step>& steps, const std::vector<std::string>& to_start, const Goal& goal);

}  // namespace gpupass
