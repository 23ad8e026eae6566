#pragma once

#include "guest/platform.hpp"

#include <string>
#include <string_view>

namespace gpupass::guest {

enum class Need { opencl, vulkan, vaapi, firmware };

/// What to install for this GPU on this system ("debian", "ubuntu", "fedora", "arch", others), as a sentence.
std::string install(Need need, std::uint16_t vendor, std::string_view system);

}  // namespace gpupass::guest
