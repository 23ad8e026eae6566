#pragma once

#include "cli/surroundings.hpp"

#include <span>
#include <string>

namespace gpupass::cli {

/// The whole program: words in, exit code out. Every error is reported here.
int run_program(std::span<const std::string> words, Surroundings& around);

/// The surroundings of a real process: standard streams, XDG folders, /proc/self/exe, NO_COLOR.
Surroundings real_surroundings();

}  // namespace gpupass::cli
