#include "guest/known_answers.hpp"
#include "guest/opencl.hpp"

namespace gpupass::guest {

namespace {

// What known_answers.cpp does, in OpenCL C.
constexpr const char* source = R"(
uint mix_bits(uint x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ (x >> 16);
}
uint int_answer(uint item, uint seed)
{
    uint x = item + seed;
    for (uint round = 0; round < 16; ++round)
        x = mix_bits(x + round * 0x9e3779b9u);
    return x;
}
kernel void ints(global uint* out, uint seed, uint count)
{
    const uint item = (uint)get_global_id(0);
    if (item < count)
        out[item] = int_answer(item, seed);
}
kernel void floats(global float2* out)
{
    const uint item = (uint)get_global_id(0);
    const float a = (float)(item % 1021);
    const float b = (float)(item % 509 + 1);
    out[item] = (float2)(a * b + a - b, a / b + sqrt(a));
}
kernel __attribute__((reqd_work_group_size(64, 1, 1))) void groups(global uint* out, uint seed)
{
    local uint sums[64];
    const uint own = (uint)get_local_id(0);
    sums[own] = int_answer((uint)get_global_id(0), seed);
    for (uint half_size = 32; half_size > 0; half_size /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (own < half_size)
            sums[own] += sums[own + half_size];
    }
    if (own == 0)
        out[get_group_id(0)] = sums[0];
}
)";

Computation judged(const char* name, const std::string& wrong, std::string right)
{
    return {name, wrong.empty(), wrong.empty() ? std::move(right) : wrong};
}

/// A device that forgot to write must not show what the one before wrote.
OpenClDevice::Buffer clean_buffer(const OpenClDevice& device, std::size_t bytes)
{
    auto buffer = device.buffer(bytes);
    const std::vector<std::uint8_t> garbage(bytes, 0xa5);
    device.write(buffer, garbage.data(), bytes);
    return buffer;
}

/// As many groups as hold `size` items. One size of group for all: a driver may compile a kernel anew for each (pocl: 0.2 s).
std::string wrong_int_size(const OpenClDevice& device, const OpenClDevice::Kernel& kernel, std::uint32_t size)
{
    const std::size_t bytes = size * sizeof(std::uint32_t);
    const auto buffer = clean_buffer(device, bytes);
    device.argument(kernel, 0, buffer.get());
    device.argument(kernel, 1, int_seed);
    device.argument(kernel, 2, size);
    device.run(kernel, (size + group_size - 1) / group_size * group_size, group_size);
    std::vector<std::uint32_t> found(size);
    device.read(buffer, found.data(), bytes);
    return wrong_ints(found, int_seed);
}

Computation compute_ints(const OpenClDevice& device, const OpenClDevice::Program& program)
{
    const auto kernel = device.kernel(program, "ints");
    for (const std::uint32_t size : int_sizes)
        if (const std::string wrong = wrong_int_size(device, kernel, size); !wrong.empty())
            return judged("int", wrong, "");
    return judged("int", "", "1, 63, 4096 and 100003 items, every bit");
}

Computation compute_floats(const OpenClDevice& device, const OpenClDevice::Program& program)
{
    const auto kernel = device.kernel(program, "floats");
    const auto buffer = clean_buffer(device, float_items * sizeof(FloatAnswer));
    device.argument(kernel, 0, buffer.get());
    device.run(kernel, float_items, group_size);
    std::vector<FloatAnswer> found(float_items);
    device.read(buffer, found.data(), float_items * sizeof(FloatAnswer));
    return judged("float", wrong_floats(found), fmt::format("{} items", float_items));
}

Computation compute_groups(const OpenClDevice& device, const OpenClDevice::Program& program)
{
    const auto kernel = device.kernel(program, "groups");
    const auto buffer = clean_buffer(device, group_count * sizeof(std::uint32_t));
    device.argument(kernel, 0, buffer.get());
    device.argument(kernel, 1, int_seed);
    device.run(kernel, group_count * group_size, group_size);
    std::vector<std::uint32_t> found(group_count);
    device.read(buffer, found.data(), group_count * sizeof(std::uint32_t));
    return judged("local", wrong_groups(found, int_seed), fmt::format("{} work-groups with barriers and shared memory", group_count));
}

Computation copy_bytes(const OpenClDevice& device)
{
    const auto sent = buffer_bytes();
    const auto first = device.buffer(sent.size());
    const auto second = clean_buffer(device, sent.size());
    device.write(first, sent.data(), sent.size());
    device.copy(first, second, sent.size());
    std::vector<std::uint8_t> found(sent.size());
    device.read(second, found.data(), found.size());
    return judged("buffer", wrong_bytes(found, sent), fmt::format("{} bytes there, copied, and back", sent.size()));
}

template <class Compute>
void try_one(const char* name, const std::function<void(Computation)>& done, Compute compute)
{
    try {
        done(compute());
    } catch (const OpenClError& error) {
        done({name, false, error.what});
    }
}

}  // namespace

void compute_opencl(const OpenClDevice& device, const std::function<void(Computation)>& done)
{
    try_one("buffer", done, [&] { return copy_bytes(device); });
    const auto program = device.build(source);
    try_one("int", done, [&] { return compute_ints(device, program); });
    try_one("float", done, [&] { return compute_floats(device, program); });
    try_one("local", done, [&] { return compute_groups(device, program); });
}

}  // namespace gpupass::guest
