#pragma once

#include "hosts/host.hpp"

// The rules of ESXi, once, for both wires. Pure functions from facts.

namespace gpupass::esxi {

Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request);
Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request);

/// Steps, blockers and warnings from the facts to the goal. Commands are left empty: the wire fills them in.
Plan plan(const HostFacts& facts, const Goal& goal);

std::string rescue_sheet(const HostFacts& facts, const Plan& plan);

}  // namespace gpupass::esxi
