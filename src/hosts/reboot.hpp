#pragma once

#include "model/result.hpp"

#include <chrono>
#include <functional>
#include <string_view>

// The wait for a host that reboots, the same on every platform.

namespace gpupass {

/// What one look at the host showed.
enum class Seen {
    nothing,   // it did not answer
    old_boot,  // it answers and did not go down yet
    new_boot,  // it is back, and what manages its VMs is not there yet
    ready,
};

/// Looks again and again, `wait` in between, until the host is ready. While it is away every kind of network error is normal;
/// an error of `look` (a login that is refused: going on asking would lock the account) or of `wait` (the person leaves) ends it.
Result<void> wait_for_return(const std::function<Result<Seen>()>& look, const std::function<Result<void>(std::string_view note)>& wait,
                             std::chrono::milliseconds limit);

}  // namespace gpupass
