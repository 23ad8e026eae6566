#pragma once

#include "model/result.hpp"

#include <filesystem>
#include <string>

namespace gpupass::cli {

/// gpupass-guest for x86-64 Linux, gzip-compressed: the one for older systems where it was built, else the one of this
/// system. "" when neither lies beside gpupass.
std::string guest_program(const std::filesystem::path& program_folder);

}  // namespace gpupass::cli
