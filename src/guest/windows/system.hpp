#pragma once

#include "model/verdict.hpp"

#include <vector>

// Checks of Windows as a whole, apart from its devices.

namespace gpupass::guest {

/// True under wine, which makes up much of what is asked here.
bool is_wine();

/// Virtualization based security, a pending restart, bugchecks and unexpected restarts of the last 30 days.
std::vector<Check> check_system();

/// DXGI's adapters: whether one has that vendor and device, and which are software.
std::vector<Check> check_dxgi(unsigned vendor, unsigned device);

}  // namespace gpupass::guest
