#pragma once

#include "guest/library.hpp"

#ifndef VK_NO_PROTOTYPES
#define VK_NO_PROTOTYPES  // every function is found at run time
#endif
#include <vulkan/vulkan.h>

#include <algorithm>
#include <string>

namespace gpupass::guest {

// Every function of Vulkan that is used here: those of the loader, those of an instance, those that an old one lacks.
// clang-format off
#define GPUPASS_VK_LOADER(F) F(vkCreateInstance) F(vkEnumerateInstanceExtensionProperties)
#define GPUPASS_VK_INSTANCE(F) \
    F(vkDestroyInstance) F(vkEnumeratePhysicalDevices) F(vkGetPhysicalDeviceProperties) \
    F(vkGetPhysicalDeviceMemoryProperties) F(vkGetPhysicalDeviceQueueFamilyProperties) \
    F(vkEnumerateDeviceExtensionProperties) F(vkCreateDevice) F(vkDestroyDevice) F(vkGetDeviceQueue) \
    F(vkCreateBuffer) F(vkDestroyBuffer) F(vkGetBufferMemoryRequirements) \
    F(vkAllocateMemory) F(vkFreeMemory) F(vkBindBufferMemory) F(vkMapMemory) \
    F(vkCreateShaderModule) F(vkDestroyShaderModule) F(vkCreateComputePipelines) F(vkDestroyPipeline) \
    F(vkCreateDescriptorSetLayout) F(vkDestroyDescriptorSetLayout) F(vkCreatePipelineLayout) F(vkDestroyPipelineLayout) \
    F(vkCreateDescriptorPool) F(vkDestroyDescriptorPool) F(vkAllocateDescriptorSets) F(vkUpdateDescriptorSets) \
    F(vkCreateCommandPool) F(vkDestroyCommandPool) F(vkAllocateCommandBuffers) \
    F(vkBeginCommandBuffer) F(vkEndCommandBuffer) F(vkCmdBindPipeline) F(vkCmdBindDescriptorSets) F(vkCmdPushConstants) \
    F(vkCmdDispatch) F(vkCmdCopyBuffer) F(vkCmdFillBuffer) F(vkCmdPipelineBarrier) \
    F(vkCmdResetQueryPool) F(vkCmdWriteTimestamp) F(vkCreateQueryPool) F(vkDestroyQueryPool) F(vkGetQueryPoolResults) \
    F(vkCreateFence) F(vkDestroyFence) F(vkResetFences) F(vkWaitForFences) F(vkQueueSubmit)
#define GPUPASS_VK_NEWER(F) \
    F(vkGetPhysicalDeviceProperties2) F(vkGetPhysicalDeviceFeatures2) \
    F(vkGetPhysicalDeviceProperties2KHR) F(vkGetPhysicalDeviceFeatures2KHR)
// clang-format on

struct VulkanFunctions {
#define GPUPASS_VK_MEMBER(name) PFN_##name name{};
    GPUPASS_VK_LOADER(GPUPASS_VK_MEMBER)
    GPUPASS_VK_INSTANCE(GPUPASS_VK_MEMBER)
    GPUPASS_VK_NEWER(GPUPASS_VK_MEMBER)
#undef GPUPASS_VK_MEMBER
};

/// An error of Vulkan on its way up to where one computation or device is given up. Never leaves ask_vulkan().
struct VulkanError {
    std::string what;
    VkResult result{};
};

/// "VK_ERROR_DEVICE_LOST"
std::string result_name(VkResult result);

/// A driver may leave out the zero at the end.
template <std::size_t size>
std::string text_of(const char (&text)[size])
{
    return {text, std::find(text, text + size, '\0')};
}

/// The loader with an instance.
class VulkanLibrary {
public:
    VulkanLibrary();
    VulkanLibrary(const VulkanLibrary&) = delete;
    VulkanLibrary& operator=(const VulkanLibrary&) = delete;
    ~VulkanLibrary();
    /// Why there is no instance; "" when there is one.
    const std::string& missing() const { return missing_; }
    const VulkanFunctions& functions() const { return functions_; }
    VkInstance instance() const { return instance_; }
    /// A device still works on what it was given: nothing of it may be destroyed any more, and a driver could wait for ever.
    void abandon() { abandoned_ = true; }
    bool is_abandoned() const { return abandoned_; }

private:
    std::string make_instance();
    std::string find_rest();
    Library library_;
    PFN_vkGetInstanceProcAddr find_{};
    VulkanFunctions functions_;
    VkInstance instance_{};
    bool abandoned_{};
    std::string missing_;
};

}  // namespace gpupass::guest
