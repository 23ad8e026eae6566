#pragma once

#include "cli/surroundings.hpp"

namespace gpupass::cli {

/// `gpupass inspect` of many hosts behind one address: those that agree are told once. Returns the exit code.
Result<int> inspect_fleet(OpenedHost& opened, Context& context);

}  // namespace gpupass::cli
