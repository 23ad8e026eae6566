#pragma once

#include <csignal>

namespace gpupass::cli {

/// A reader that goes away (`gpupass history | head`) ends our output, not the process in the middle of a run.
void ignore_broken_pipes();

/// While one lives, Ctrl-C and SIGTERM are counted instead of ending the process.
class CountStopWishes {
public:
    CountStopWishes();
    ~CountStopWishes();
    CountStopWishes(const CountStopWishes&) = delete;
    CountStopWishes& operator=(const CountStopWishes&) = delete;

private:
    struct sigaction interrupt_before_{};
    struct sigaction terminate_before_{};
};

/// 0 none, 1 finish the step and stop, 2 leave at once.
int stop_wishes();

}  // namespace gpupass::cli
