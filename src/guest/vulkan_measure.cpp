#include "guest/vulkan.hpp"

#include <algorithm>

// Speeds as vkpeak and clpeak measure them: chains of multiply-adds in registers, where each needs the one before; streaming
// reads of a buffer that no cache holds. The work grows until one run lasts long enough for the device's clock and for its
// governor; then the best of some runs counts.

namespace gpupass::guest {

namespace {

constexpr double least_run = 0.030;  // seconds
constexpr double aimed_run = 0.045;
constexpr double slow_run = 0.3;  // is not repeated
constexpr std::uint32_t most_rounds = 1u << 20;
constexpr std::uint32_t chain_groups = 4096;  // of 64 items: more than a GPU has threads
constexpr double operations_a_round = 16.0 * 4 * 2;  // steps, chains, a multiplication and an addition
constexpr std::uint32_t group_bytes = 64 * 16 * 16;  // items, reads of each, bytes of one read
constexpr std::uint32_t seed = 3;
constexpr std::uint64_t most_bytes = 256u << 20;
constexpr std::uint64_t least_bytes = 32u << 20;

std::uint32_t grown(std::uint32_t rounds, double seconds)
{
    const double factor = std::clamp(aimed_run / std::max(seconds, 1e-9), 2.0, 64.0);
    return static_cast<std::uint32_t>(std::min(rounds * factor, static_cast<double>(most_rounds)));
}

/// Rounds a second. `run` does that many and returns the seconds it took.
double best_rate(const std::function<double(std::uint32_t)>& run)
{
    std::uint32_t rounds = 1;
    double seconds = run(rounds);
    while (seconds < least_run && rounds < most_rounds) {
        rounds = grown(rounds, seconds);
        seconds = run(rounds);
    }
    for (int more = 0; more < 3 && seconds < slow_run; ++more)
        seconds = std::min(seconds, run(rounds));
    return rounds / std::max(seconds, 1e-9);
}

double chain_speed(VulkanDevice& device, Spirv shader, int lanes)
{
    const auto program = device.program(shader);
    const auto out = device.buffer(64, false);
    device.bind(program, out);
    const double rate = best_rate([&](std::uint32_t rounds) {
        return device.run(
            [&](VkCommandBuffer commands) { device.dispatch(commands, program, {rounds, seed}, chain_groups); });
    });
    return rate * chain_groups * 64 * operations_a_round * lanes * 1e-9;
}

/// As large as the device lets it be, within reason; a guest may have less memory than its driver says.
VulkanBuffer large_buffer(VulkanDevice& device, std::uint64_t bytes)
{
    try {
        return device.buffer(bytes, false);
    } catch (const VulkanError& error) {
        const bool is_full =
            error.result == VK_ERROR_OUT_OF_DEVICE_MEMORY || error.result == VK_ERROR_OUT_OF_HOST_MEMORY;
        if (!is_full || bytes / 2 < least_bytes)
            throw;
    }
    return large_buffer(device, bytes / 2);
}

/// All of it: pages that nobody wrote may all be one page of zeros, which a cache holds.
void fill(VulkanDevice& device, const VulkanBuffer& buffer)
{
    device.run([&](VkCommandBuffer commands) {
        device.vk().vkCmdFillBuffer(commands, buffer.handle.get(), 0, VK_WHOLE_SIZE, 0x67707570);
    });
}

double read_speed(VulkanDevice& device)
{
    const auto wanted = std::min({most_bytes, device.largest_storage(), device.largest_heap() / 8});
    const auto in = large_buffer(device, std::max(wanted, least_bytes) / group_bytes * group_bytes);
    const auto out = device.buffer(64, false);
    fill(device, in);
    const auto program = device.program(bandwidth_shader);
    device.bind(program, out, in);
    const auto groups = static_cast<std::uint32_t>(in.size / group_bytes);
    const double rate = best_rate([&](std::uint32_t rounds) {
        return device.run([&](VkCommandBuffer commands) {
            for (std::uint32_t i = 0; i < rounds; ++i)
                device.dispatch(commands, program, {rounds, seed}, groups);
        });
    });
    return rate * groups * group_bytes * 1e-9;
}

/// From giving an empty dispatch to the queue to knowing that it ended, in us: the median.
double launch_time(VulkanDevice& device)
{
    const auto program = device.program(empty_shader);
    const auto out = device.buffer(64, false);
    device.bind(program, out);
    device.record([&](VkCommandBuffer commands) { device.dispatch(commands, program, {0, seed}, 1); });
    std::vector<double> times;
    for (int i = 0; i < 50; ++i)
        times.push_back(device.submit());
    std::ranges::sort(times);
    return times[times.size() / 2] * 1e6;
}

/// What a device refuses to measure is no proof against it: its computations were right.
void try_figure(VulkanDevice& device, const Wish& wish, const std::function<void(Figure)>& done, const char* name, const auto& measure)
{
    try {
        done(timely_figure(wish, name, measure));
    } catch (const VulkanError& error) {
        if (device.is_lost())
            throw VulkanError{std::string{"while measuring "} + name + ": " + error.what, error.result};
    }
}

}  // namespace

void measure_vulkan(VulkanDevice& device, bool has_fp16, const Wish& wish, const std::function<void(Figure)>& done)
{
    try_figure(device, wish, done, "fp32",
               [&] { return std::max(chain_speed(device, fp32_shader, 1), chain_speed(device, fp32x4_shader, 4)); });
    if (has_fp16)
        try_figure(device, wish, done, "fp16", [&] { return chain_speed(device, fp16x4_shader, 4); });
    try_figure(device, wish, done, "int32", [&] { return chain_speed(device, int32x4_shader, 4); });
    try_figure(device, wish, done, "bandwidth", [&] { return read_speed(device); });
    try_figure(device, wish, done, "launch", [&] { return launch_time(device); });
}

}  // namespace gpupass::guest
