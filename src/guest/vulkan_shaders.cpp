#include "guest/vulkan_shaders.hpp"

#include <stdint.h>  // the arrays say uint32_t

namespace gpupass::guest {

namespace {

// Made by glslangValidator at build time.
#include "bandwidth.inc"
#include "empty.inc"
#include "float.inc"
#include "fp16x4.inc"
#include "fp32.inc"
#include "fp32x4.inc"
#include "int.inc"
#include "int32x4.inc"
#include "local.inc"

}  // namespace

const Spirv int_shader{int_words};
const Spirv float_shader{float_words};
const Spirv local_shader{local_words};
const Spirv fp32_shader{fp32_words};
const Spirv fp32x4_shader{fp32x4_words};
const Spirv fp16x4_shader{fp16x4_words};
const Spirv int32x4_shader{int32x4_words};
const Spirv bandwidth_shader{bandwidth_words};
const Spirv empty_shader{empty_words};

}  // namespace gpupass::guest
