#pragma once

#include "transport/machine.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gpupass {

/// Calls `bark` at the deadline, unless it is gone by then. For calls into libraries that know no deadline.
class Watchdog {
public:
    Watchdog(Deadline deadline, std::function<void()> bark)
        : thread_{[this, deadline, bark = std::move(bark)](const std::stop_token& stop) {
              std::unique_lock lock{mutex_};
              if (!wake_.wait_until(lock, stop, deadline.at, [&] { return stop.stop_requested(); }))
                  if (!stop.stop_requested())
                      bark();
          }}
    {
    }

private:
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;  // last: stops before the others go
};

}  // namespace gpupass
