#include "guest/vulkan.hpp"

#include <algorithm>
#include <chrono>

namespace gpupass::guest {

namespace {

constexpr std::uint32_t most_families = 64;
constexpr std::uint64_t longest_wait_ns = 3'000'000'000;

}  // namespace

VulkanDevice::VulkanDevice(VulkanLibrary& library, const VulkanListed& listed)
    : library_{library}, vk_{library.functions()}, physical_{listed.handle}, device_{library}
{
    vk_.vkGetPhysicalDeviceProperties(physical_, &properties_);
    vk_.vkGetPhysicalDeviceMemoryProperties(physical_, &memory_);
    memory_.memoryTypeCount = std::min<std::uint32_t>(memory_.memoryTypeCount, VK_MAX_MEMORY_TYPES);
    memory_.memoryHeapCount = std::min<std::uint32_t>(memory_.memoryHeapCount, VK_MAX_MEMORY_HEAPS);
    choose_family();
    open(listed);
    make_tools();
}

void VulkanDevice::must(VkResult result, const char* call)
{
    if (result == VK_SUCCESS)
        return;
    lost_ = lost_ || result == VK_ERROR_DEVICE_LOST || result == VK_TIMEOUT;
    throw VulkanError{std::string{call} + ": " + result_name(result), result};
}

void VulkanDevice::choose_family()
{
    std::vector<VkQueueFamilyProperties> families(most_families);
    std::uint32_t count = most_families;
    vk_.vkGetPhysicalDeviceQueueFamilyProperties(physical_, &count, families.data());
    families.resize(std::min(count, most_families));
    const auto computes = [](const auto& family) {
        return family.queueCount > 0 && (family.queueFlags & VK_QUEUE_COMPUTE_BIT) != 0;
    };
    const auto family = std::ranges::find_if(families, computes);
    if (family == families.end())
        throw VulkanError{"it has no queue that computes", VK_ERROR_FEATURE_NOT_PRESENT};
    family_ = static_cast<std::uint32_t>(family - families.begin());
    const std::uint32_t bits = std::min(family->timestampValidBits, 64u);
    tick_mask_ = bits == 0 ? 0 : ~std::uint64_t{} >> (64 - bits);
}

void VulkanDevice::open(const VulkanListed& listed)
{
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue{.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                        .queueFamilyIndex = family_,
                                        .queueCount = 1,
                                        .pQueuePriorities = &priority};
    VkPhysicalDeviceShaderFloat16Int8Features small{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES, .shaderFloat16 = VK_TRUE};
    const char* extension = VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME;
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                  .pNext = listed.fp16 ? &small : nullptr,
                                  .queueCreateInfoCount = 1,
                                  .pQueueCreateInfos = &queue,
                                  .enabledExtensionCount = listed.fp16 && listed.fp16_extension ? 1u : 0u,
                                  .ppEnabledExtensionNames = &extension};
    must(vk_.vkCreateDevice(physical_, &info, nullptr, device_.address()), "vkCreateDevice");
    vk_.vkGetDeviceQueue(device_.get(), family_, 0, &queue_);
}

void VulkanDevice::make_tools()
{
    const VkCommandPoolCreateInfo pool{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                       .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                       .queueFamilyIndex = family_};
    pool_ = make(vk_.vkCreateCommandPool, vk_.vkDestroyCommandPool, pool, "vkCreateCommandPool");
    const VkCommandBufferAllocateInfo one{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                          .commandPool = pool_.get(),
                                          .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                          .commandBufferCount = 1};
    must(vk_.vkAllocateCommandBuffers(device_.get(), &one, &commands_), "vkAllocateCommandBuffers");
    const VkFenceCreateInfo fence{.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    fence_ = make(vk_.vkCreateFence, vk_.vkDestroyFence, fence, "vkCreateFence");
    const VkQueryPoolCreateInfo ticks{
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = 2};
    if (tick_mask_ != 0)
        ticks_ = make(vk_.vkCreateQueryPool, vk_.vkDestroyQueryPool, ticks, "vkCreateQueryPool");
}

std::uint64_t VulkanDevice::largest_heap() const
{
    std::uint64_t largest = 0;
    for (std::uint32_t i = 0; i < memory_.memoryHeapCount; ++i)
        largest = std::max(largest, memory_.memoryHeaps[i].size);
    return largest;
}

void VulkanDevice::record(const Record& what)
{
    const VkCommandBufferBeginInfo begin{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    must(vk_.vkBeginCommandBuffer(commands_, &begin), "vkBeginCommandBuffer");
    what(commands_);
    const VkMemoryBarrier results{.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                  .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                                  .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
    vk_.vkCmdPipelineBarrier(commands_, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                             VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &results, 0, nullptr, 0, nullptr);
    must(vk_.vkEndCommandBuffer(commands_), "vkEndCommandBuffer");
}

double VulkanDevice::submit()
{
    const auto begin = std::chrono::steady_clock::now();
    const VkSubmitInfo info{
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &commands_};
    must(vk_.vkResetFences(device_.get(), 1, fence_.address()), "vkResetFences");
    must(vk_.vkQueueSubmit(queue_, 1, &info, fence_.get()), "vkQueueSubmit");
    const VkResult result = vk_.vkWaitForFences(device_.get(), 1, fence_.address(), VK_TRUE, longest_wait_ns);
    if (result == VK_TIMEOUT)
        library_.abandon();
    must(result, "vkWaitForFences (3 s)");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double VulkanDevice::run(const Record& what)
{
    record([&](VkCommandBuffer commands) {
        if (ticks_) {
            vk_.vkCmdResetQueryPool(commands, ticks_.get(), 0, 2);
            vk_.vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, ticks_.get(), 0);
        }
        what(commands);
        if (ticks_)
            vk_.vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, ticks_.get(), 1);
    });
    const double wall = submit();
    const double own = ticks_ ? measured_time() : 0;
    return own > 0 && own <= wall ? own : wall;  // a clock that counts more than there was is wrong
}

double VulkanDevice::measured_time()
{
    std::uint64_t ticks[2]{};
    const VkResult result = vk_.vkGetQueryPoolResults(device_.get(), ticks_.get(), 0, 2, sizeof ticks, ticks,
                                                      sizeof ticks[0], VK_QUERY_RESULT_64_BIT);
    if (result != VK_SUCCESS)
        return 0;
    return static_cast<double>((ticks[1] - ticks[0]) & tick_mask_) *
        static_cast<double>(properties_.limits.timestampPeriod) * 1e-9;
}

}  // namespace gpupass::guest
