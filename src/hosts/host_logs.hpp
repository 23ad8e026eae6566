#pragma once

#include "model/log_text.hpp"
#include "transport/machine.hpp"

#include <span>
#include <vector>

namespace gpupass {

/// What the queries answer, as logs that are named after their files or commands.
HostLogs read_host_logs(Machine& machine, std::span<const Query> queries, Deadline deadline);

}  // namespace gpupass
