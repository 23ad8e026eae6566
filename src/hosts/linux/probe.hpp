#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"
#include "transport/machine.hpp"

#include <vector>

namespace gpupass::linux_host {

/// The first batch: everything but what it names further.
std::vector<Query> fixed_queries();

/// All facts: two batches. What could not be read is in `unknown`; only a machine that does not answer at all is an error.
Result<HostFacts> probe_host(Machine& machine, Deadline deadline);

}  // namespace gpupass::linux_host
