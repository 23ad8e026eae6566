#include "guest/vulkan.hpp"

#include <array>

// Memory and shaders of a device.

namespace gpupass::guest {

namespace {

constexpr VkMemoryPropertyFlags seen_by_host =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
// Memory with other properties must be asked for by features that nobody turned on.
constexpr VkMemoryPropertyFlags plain =
    VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT | seen_by_host;
constexpr VkBufferUsageFlags any_use =
    VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;

VkDescriptorSetLayoutBinding storage(std::uint32_t binding)
{
    return {.binding = binding,
            .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
            .descriptorCount = 1,
            .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT};
}

}  // namespace

std::uint32_t VulkanDevice::memory_type(std::uint32_t allowed, VkMemoryPropertyFlags must_have,
                                        VkMemoryPropertyFlags better) const
{
    for (const VkMemoryPropertyFlags wanted : {must_have | better, must_have})
        for (std::uint32_t i = 0; i < memory_.memoryTypeCount; ++i) {
            const VkMemoryPropertyFlags has = memory_.memoryTypes[i].propertyFlags;
            if ((allowed >> i & 1u) != 0 && (has & wanted) == wanted && (has & ~plain) == 0)
                return i;
        }
    throw VulkanError{"it has no memory for a buffer", VK_ERROR_FEATURE_NOT_PRESENT};
}

VulkanBuffer VulkanDevice::buffer(std::size_t bytes, bool host)
{
    const VkBufferCreateInfo info{.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = bytes, .usage = any_use};
    VulkanBuffer buffer{.size = bytes};
    buffer.handle = make(vk_.vkCreateBuffer, vk_.vkDestroyBuffer, info, "vkCreateBuffer");
    VkMemoryRequirements needs{};
    vk_.vkGetBufferMemoryRequirements(device_.get(), buffer.handle.get(), &needs);
    const auto type = host ? memory_type(needs.memoryTypeBits, seen_by_host, VK_MEMORY_PROPERTY_HOST_CACHED_BIT)
                           : memory_type(needs.memoryTypeBits, 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    const VkMemoryAllocateInfo memory{
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = needs.size, .memoryTypeIndex = type};
    buffer.memory = make(vk_.vkAllocateMemory, vk_.vkFreeMemory, memory, "vkAllocateMemory");
    must(vk_.vkBindBufferMemory(device_.get(), buffer.handle.get(), buffer.memory.get(), 0), "vkBindBufferMemory");
    if (!host)
        return buffer;
    void* seen{};
    must(vk_.vkMapMemory(device_.get(), buffer.memory.get(), 0, VK_WHOLE_SIZE, 0, &seen), "vkMapMemory");
    buffer.bytes = {static_cast<std::uint8_t*>(seen), bytes};
    return buffer;
}

VulkanProgram VulkanDevice::program(Spirv shader)
{
    VulkanProgram program;
    make_layouts(program);
    make_set(program);
    const VkShaderModuleCreateInfo code{
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = shader.size_bytes(), .pCode = shader.data()};
    program.module = make(vk_.vkCreateShaderModule, vk_.vkDestroyShaderModule, code, "vkCreateShaderModule");
    const VkComputePipelineCreateInfo info{.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                           .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                     .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                     .module = program.module.get(),
                                                     .pName = "main"},
                                           .layout = program.layout.get()};
    VkPipeline pipeline{};
    must(vk_.vkCreateComputePipelines(device_.get(), {}, 1, &info, nullptr, &pipeline), "vkCreateComputePipelines");
    program.pipeline = {library_, device_.get(), pipeline, vk_.vkDestroyPipeline};
    return program;
}

void VulkanDevice::make_layouts(VulkanProgram& program)
{
    const std::array bindings{storage(0), storage(1)};
    const VkDescriptorSetLayoutCreateInfo set{.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                              .bindingCount = bindings.size(),
                                              .pBindings = bindings.data()};
    program.set_layout =
        make(vk_.vkCreateDescriptorSetLayout, vk_.vkDestroyDescriptorSetLayout, set, "vkCreateDescriptorSetLayout");
    const VkPushConstantRange arguments{
        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .offset = 0, .size = sizeof(VulkanArguments)};
    const VkPipelineLayoutCreateInfo layout{.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                            .setLayoutCount = 1,
                                            .pSetLayouts = program.set_layout.address(),
                                            .pushConstantRangeCount = 1,
                                            .pPushConstantRanges = &arguments};
    program.layout = make(vk_.vkCreatePipelineLayout, vk_.vkDestroyPipelineLayout, layout, "vkCreatePipelineLayout");
}

void VulkanDevice::make_set(VulkanProgram& program)
{
    const VkDescriptorPoolSize size{.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .descriptorCount = 2};
    const VkDescriptorPoolCreateInfo pool{
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 1, .poolSizeCount = 1, .pPoolSizes = &size};
    program.pool = make(vk_.vkCreateDescriptorPool, vk_.vkDestroyDescriptorPool, pool, "vkCreateDescriptorPool");
    const VkDescriptorSetAllocateInfo set{.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                          .descriptorPool = program.pool.get(),
                                          .descriptorSetCount = 1,
                                          .pSetLayouts = program.set_layout.address()};
    must(vk_.vkAllocateDescriptorSets(device_.get(), &set, &program.set), "vkAllocateDescriptorSets");
}

void VulkanDevice::bind(const VulkanProgram& program, const VulkanBuffer& first, const VulkanBuffer& second)
{
    const std::array buffers{VkDescriptorBufferInfo{.buffer = first.handle.get(), .range = VK_WHOLE_SIZE},
                             VkDescriptorBufferInfo{.buffer = second.handle.get(), .range = VK_WHOLE_SIZE}};
    const VkWriteDescriptorSet write{.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                     .dstSet = program.set,
                                     .dstBinding = 0,
                                     .descriptorCount = 2,
                                     .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                     .pBufferInfo = buffers.data()};  // goes on with binding 1
    vk_.vkUpdateDescriptorSets(device_.get(), 1, &write, 0, nullptr);
}

void VulkanDevice::dispatch(VkCommandBuffer commands, const VulkanProgram& program, VulkanArguments arguments,
                            std::uint32_t groups) const
{
    vk_.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, program.pipeline.get());
    vk_.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, program.layout.get(), 0, 1, &program.set, 0,
                                nullptr);
    vk_.vkCmdPushConstants(commands, program.layout.get(), VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof arguments,
                           &arguments);
    vk_.vkCmdDispatch(commands, groups, 1, 1);
}

}  // namespace gpupass::guest
