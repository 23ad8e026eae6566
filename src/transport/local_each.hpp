#pragma once

#include "transport/local_files.hpp"

namespace gpupass {

struct EachLimits {
    Deadline deadline;
    std::chrono::milliseconds entry_time;
    std::size_t answer_limit;
};

/// ReadEach on this computer. Children do the reading, each a part of the entries; one that makes no progress for entry_time
/// is given up, with the entry that it was at, and another goes on behind it.
Answer read_each(const LocalFiles& files, const ReadEach& query, const EachLimits& limits);

}  // namespace gpupass
