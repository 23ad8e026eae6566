#pragma once

#include "guest/answer.hpp"
#include "guest/vulkan_library.hpp"

#include <vector>

namespace gpupass::guest {

/// A device of the loader's list and what it says of itself.
struct VulkanListed {
    VkPhysicalDevice handle{};
    ApiDevice known;
    bool fp16{};            // it computes with 16-bit floats
    bool fp16_extension{};  // and an extension must be asked for
};

/// Every device; throws VulkanError.
std::vector<VulkanListed> list_vulkan(const VulkanLibrary& library);

}  // namespace gpupass::guest
