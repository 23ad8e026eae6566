#pragma once

#include "transport/ssh_session.hpp"

#include <span>

namespace gpupass {

struct BatchLimits {
    Deadline deadline;                     // of the whole batch
    std::chrono::milliseconds start_time;  // until the shell has begun, in each channel
    std::chrono::milliseconds query_time;  // of each query
    std::size_t answer_limit;
};

/// Runs a batch as one script in one channel. After a query that does not end in its time, the rest goes on in a new
/// channel of the same session. After an error the session is of no further use.
Result<std::vector<Answer>> run_batch(SshSession& session, std::span<const Query> queries, const BatchLimits& limits);

}  // namespace gpupass
