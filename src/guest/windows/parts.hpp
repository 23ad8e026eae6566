#pragma once

#include "guest/answer.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace gpupass::guest {

/// Starts this program again with `part API WORDS...` and reads its answer; ended with all it started after `time`.
ApiAnswer ask_in_process(const std::string& api, const std::vector<std::string>& words, std::chrono::milliseconds time);

}  // namespace gpupass::guest
