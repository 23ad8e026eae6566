#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"

#include <vector>

namespace gpupass {

/// Known-bad combinations of platform, GPU and guest (data/combinations.yaml, compiled in), as warnings with source.
std::vector<Warning> known_bad(const HostFacts& facts, const PciDevice& gpu, const Vm& vm);

}  // namespace gpupass
