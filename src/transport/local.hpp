#pragma once

#include "transport/machine.hpp"

#include <filesystem>
#include <memory>

namespace gpupass {

/// This computer. Paths of ReadFile, ReadLink, ListDir and WriteFile are below `root` (tests give a temporary folder).
std::unique_ptr<Machine> make_local_machine(std::filesystem::path root = "/");

}  // namespace gpupass
