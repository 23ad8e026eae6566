#pragma once

#include <cstdint>
#include <span>

// The shaders of shaders/*.comp as SPIR-V.

namespace gpupass::guest {

using Spirv = std::span<const std::uint32_t>;

extern const Spirv int_shader, float_shader, local_shader;                             // computations
extern const Spirv fp32_shader, fp32x4_shader, fp16x4_shader, int32x4_shader;          // figures
extern const Spirv bandwidth_shader, empty_shader;

}  // namespace gpupass::guest
