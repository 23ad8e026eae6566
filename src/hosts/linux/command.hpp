#pragma once

#include "model/facts.hpp"
#include "model/plan.hpp"

#include <string>

namespace gpupass::linux_host {

/// What a person would type for the step; the kernel's files and libvirt are used directly where they can be.
std::string render_command(const Step& step, const HostFacts& facts);

}  // namespace gpupass::linux_host
