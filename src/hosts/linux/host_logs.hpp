#pragma once

#include "model/facts.hpp"
#include "rules/scanner.hpp"
#include "transport/machine.hpp"

#include <vector>

namespace gpupass::linux_host {

/// The kernel's messages of this boot, and the end of QEMU's log of each VM that has a device of the host.
std::vector<LogText> host_logs(Machine& machine, const HostFacts& facts, Deadline deadline);

}  // namespace gpupass::linux_host
