#pragma once

#include "hosts/linux/boot/modprobe.hpp"
#include "model/facts.hpp"

#include <span>
#include <vector>

namespace gpupass::linux_host {

/// What earlier attempts at passthrough left in the kernel's command line (`facts.kernel_line`) and in /etc/modprobe.d, each with
/// what speaks for or against its being needed here. Findings of the same kind are one, with all their lines.
std::vector<Finding> leftover_findings(const HostFacts& facts, std::span<const boot::ModprobeNote> notes);

}  // namespace gpupass::linux_host
