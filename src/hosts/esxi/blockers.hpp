#pragma once

#include "hosts/esxi/needs.hpp"

#include <vector>

namespace gpupass::esxi {

/// Facts that forbid the plan, each with a way out. Only what the needs touch can block.
std::vector<Blocker> blockers_of(const HostFacts& facts, const Goal& goal, const Needs& needs);

/// What a person should know before saying yes.
std::vector<Warning> warnings_of(const HostFacts& facts, const Goal& goal, const Needs& needs);

}  // namespace gpupass::esxi
