#pragma once

#include "guest/linux/facts.hpp"

#include <string>
#include <vector>

// Device nodes and who may open them.

namespace gpupass::guest {

NodeFacts read_node(const std::string& root, const std::string& name);
/// The user and the groups of this process.
std::string own_name();
std::vector<std::string> own_groups();
/// What i915 says (I915_PARAM_EU_TOTAL, include/uapi/drm/i915_drm.h); 0: it says nothing.
unsigned i915_execution_units(const std::string& node);

}  // namespace gpupass::guest
