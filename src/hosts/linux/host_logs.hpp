#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"
#include "model/log_text.hpp"
#include "transport/machine.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::linux_host {

/// The kernel's messages of this boot, and the end of QEMU's log of each VM that has a device of the host.
HostLogs host_logs(Machine& machine, const HostFacts& facts, Deadline deadline);

/// Causes of a step's failure: from its error, from what the kernel said since `facts` were read, and from QEMU's log of the
/// last start of the VMs that the step starts. A text that names no cause is not among them.
std::vector<Finding> explain(Machine& machine, const Step& step, const HostFacts& facts, const Error& error, Deadline deadline);

/// Lines of the kernel's ring that are not older than `uptime_s`; those without a time go with the one before. The ring's clock
/// stands still while the machine sleeps: after that, nothing is found.
std::string kernel_lines_since(std::string_view text, std::int64_t uptime_s);
/// QEMU's log from its last start on.
std::string last_start(std::string_view text);

}  // namespace gpupass::linux_host
