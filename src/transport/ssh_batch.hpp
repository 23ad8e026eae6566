#pragma once

#include "transport/ssh_session.hpp"

#include <span>

namespace gpupass {

struct BatchLimits {
    Deadline deadline;                     // of the whole batch
    std::chrono::milliseconds start_time;  // until the shell has begun, in each channel
    std::chrono::milliseconds query_time;  // of each query
    std::chrono::milliseconds entry_time;  // of each entry of a ReadEach, on a network that does not hold it up
    std::size_t answer_limit;
};

/// Runs a batch as one script in one channel. After a query that does not end in its time, the rest goes on in a new
/// channel of the same session, and so does a ReadEach behind an entry that does not answer. After an error the session is of no further use.
Result<std::vector<Answer>> run_batch(SshSession& session, std::span<const Query> queries, const BatchLimits& limits);

}  // namespace gpupass
