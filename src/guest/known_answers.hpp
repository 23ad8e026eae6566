#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Computations whose results are known beforehand. The kernels of every API (OpenCL C, GLSL, HLSL) do the same as these
// functions; integers must agree in every bit, floats where each operation is exact, else within float_tolerance.

namespace gpupass::guest {

/// Item i of "int": 16 rounds x = mix(x + round * 0x9e3779b9) from x = i + seed, with mix(x):
/// x ^= x >> 16; x *= 0x85ebca6b; x ^= x >> 13; x *= 0xc2b2ae35; x ^= x >> 16 (the end of MurmurHash3, public domain).
std::uint32_t int_answer(std::uint32_t item, std::uint32_t seed);
/// How many items are computed at once, one dispatch each: one, odd, a power of two, more than a GPU has threads and prime.
inline constexpr std::uint32_t int_sizes[] = {1, 63, 4096, 100'003};
inline constexpr std::uint32_t int_seed = 0x67707570;

/// Item i of "float": with a = i % 1021 and b = i % 509 + 1 as floats, first a * b + a - b, where every step is exact, then
/// a / b + sqrt(a), where APIs allow a few units of the last place.
struct FloatAnswer {
    float exact;
    float rounded;
};
FloatAnswer float_answer(std::uint32_t item);
inline constexpr std::uint32_t float_items = 65'536;
inline constexpr float float_tolerance = 1e-5f;  // relative

/// Group g of "local": the sum of int_answer(i, seed) over its group_size items, modulo 2^32, added up in the memory that a
/// work-group shares, with barriers between the rounds.
std::uint32_t local_answer(std::uint32_t group, std::uint32_t seed);
inline constexpr std::uint32_t group_size = 64;
inline constexpr std::uint32_t group_count = 256;

/// Bytes for "buffer": they go to the device, are copied there, and come back the same.
std::vector<std::uint8_t> buffer_bytes();

/// "" when right, else the first wrong item: "item 17 is 4, not 5".
std::string wrong_ints(std::span<const std::uint32_t> found, std::uint32_t seed);
std::string wrong_floats(std::span<const FloatAnswer> found);
std::string wrong_groups(std::span<const std::uint32_t> found, std::uint32_t seed);
std::string wrong_bytes(std::span<const std::uint8_t> found, std::span<const std::uint8_t> sent);

}  // namespace gpupass::guest
