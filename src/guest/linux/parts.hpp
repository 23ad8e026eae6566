#pragma once

#include "guest/answer.hpp"

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace gpupass::guest {

/// Asks each API in a process of its own: this program again, `part API WORDS...`. Each has `time`; then it is killed with all
/// that it started. `together`: at the same time. A driver's caches go to a folder that is gone afterwards.
/// When this process is told to end (SIGTERM, SIGINT, SIGHUP) meanwhile, the parts are killed, the folder is removed, and it ends.
std::vector<ApiAnswer> ask_in_processes(std::span<const std::string> apis, std::span<const std::string> words,
                                        std::chrono::milliseconds time, bool together);

}  // namespace gpupass::guest
