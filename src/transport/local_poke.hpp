#pragma once

#include "transport/local_files.hpp"

namespace gpupass {

/// Poke on this computer: a child writes, so that a write which blocks for good can be left behind at the deadline.
Answer poke(const LocalFiles& files, const Poke& query, Deadline deadline);

}  // namespace gpupass
