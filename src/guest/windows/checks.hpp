#pragma once

#include "guest/platform.hpp"
#include "guest/windows/displays.hpp"

namespace gpupass::guest {

/// Which display device is the GPU, and what the device manager says of it. Pure.
PlatformReport check_displays(const std::vector<DisplayDevice>& displays, const Request& request);

/// Why the shutdown guard must not disable this device; "" when it may: Windows never stays without an enabled display adapter.
std::string why_not_disable(const std::vector<DisplayDevice>& displays, const std::string& instance);

}  // namespace gpupass::guest
