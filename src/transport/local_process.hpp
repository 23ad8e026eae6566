#pragma once

#include "transport/machine.hpp"

namespace gpupass {

/// Runs a program of this computer in a process group of its own. At the deadline the whole group is killed and the
/// answer is timed_out. Background processes that it leaves behind are left alone.
Answer run_process(const Run& query, Deadline deadline, std::size_t answer_limit);

}  // namespace gpupass
