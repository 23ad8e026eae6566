#include "guest/known_answers.hpp"
#include "guest/vulkan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpupass::guest {

namespace {

std::uint32_t groups_for(std::uint32_t items) { return (items + group_size - 1) / group_size; }

Computation judged(const char* name, const std::string& wrong, std::string right)
{
    return {name, wrong.empty(), wrong.empty() ? std::move(right) : wrong};
}

/// A device that forgot to write must not show what the one before wrote.
VulkanBuffer clean_buffer(VulkanDevice& device, std::size_t bytes)
{
    auto buffer = device.buffer(bytes, true);
    std::ranges::fill(buffer.bytes, std::uint8_t{0xa5});
    return buffer;
}

void run_once(VulkanDevice& device, const VulkanProgram& program, const VulkanBuffer& out, std::uint32_t items,
              std::uint32_t groups)
{
    device.bind(program, out);
    device.record([&](VkCommandBuffer commands) { device.dispatch(commands, program, {items, int_seed}, groups); });
    device.submit();
}

std::string wrong_int_size(VulkanDevice& device, const VulkanProgram& program, std::uint32_t size)
{
    const auto out = clean_buffer(device, size * sizeof(std::uint32_t));
    run_once(device, program, out, size, groups_for(size));
    return wrong_ints(out.as<const std::uint32_t>(), int_seed);
}

Computation compute_ints(VulkanDevice& device)
{
    const auto program = device.program(int_shader);
    for (const std::uint32_t size : int_sizes)
        if (const std::string wrong = wrong_int_size(device, program, size); !wrong.empty())
            return judged("int", wrong, "");
    return judged("int", "", "1, 63, 4096 and 100003 items, every bit");
}

Computation compute_floats(VulkanDevice& device)
{
    const auto program = device.program(float_shader);
    const auto out = clean_buffer(device, float_items * sizeof(FloatAnswer));
    run_once(device, program, out, float_items, groups_for(float_items));
    return judged("float", wrong_floats(out.as<const FloatAnswer>()), fmt::format("{} items", float_items));
}

Computation compute_groups(VulkanDevice& device)
{
    const auto program = device.program(local_shader);
    const auto out = clean_buffer(device, group_count * sizeof(std::uint32_t));
    run_once(device, program, out, group_count * group_size, group_count);
    return judged("local", wrong_groups(out.as<const std::uint32_t>(), int_seed),
                  fmt::format("{} work-groups with barriers and shared memory", group_count));
}

/// Each copy needs what the one before wrote.
void copy(const VulkanFunctions& vk, VkCommandBuffer commands, const VulkanBuffer& from, const VulkanBuffer& to,
          std::size_t bytes)
{
    const VkBufferCopy all{.size = bytes};
    vk.vkCmdCopyBuffer(commands, from.handle.get(), to.handle.get(), 1, &all);
    const VkMemoryBarrier order{.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT};
    vk.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1, &order, 0,
                            nullptr, 0, nullptr);
}

Computation copy_bytes(VulkanDevice& device)
{
    const auto sent = buffer_bytes();
    const auto out = device.buffer(sent.size(), true);
    const auto first = device.buffer(sent.size(), false);
    const auto second = device.buffer(sent.size(), false);
    const auto back = clean_buffer(device, sent.size());
    std::ranges::copy(sent, out.bytes.begin());
    device.record([&](VkCommandBuffer commands) {
        copy(device.vk(), commands, out, first, sent.size());
        copy(device.vk(), commands, first, second, sent.size());
        copy(device.vk(), commands, second, back, sent.size());
    });
    device.submit();
    return judged("buffer", wrong_bytes(back.bytes, sent),
                  fmt::format("{} bytes there, copied, and back", sent.size()));
}

struct Named {
    const char* name;
    Computation (*compute)(VulkanDevice&);
};

Computation tried(VulkanDevice& device, const Named& one)
{
    try {
        return one.compute(device);
    } catch (const VulkanError& error) {
        return {one.name, false, error.what};
    }
}

}  // namespace

void compute_vulkan(VulkanDevice& device, const std::function<void(Computation)>& done)
{
    constexpr Named all[] = {
        {"buffer", copy_bytes}, {"int", compute_ints}, {"float", compute_floats}, {"local", compute_groups}};
    for (const Named& one : all) {
        done(tried(device, one));
        if (device.is_lost())
            return;
    }
}

}  // namespace gpupass::guest
