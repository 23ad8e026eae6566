#pragma once

#include "guest/linux/facts.hpp"
#include "guest/platform.hpp"

namespace gpupass::guest {

/// What the system shows, judged: which function is the GPU, its driver, firmware, nodes, outputs. Pure.
PlatformReport check_linux(const LinuxFacts& facts, const Request& request);

/// The part of it that the kernel log tells of firmware and of a GPU that its driver gave up.
std::vector<Check> check_kernel_log(const LinuxFacts& facts, const DisplayFunction& gpu);

}  // namespace gpupass::guest
