#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define TYPE f16vec4
#define LANES f16vec4(0, 1, 2, 3)
#define FACTOR f16vec4(1.0 / float(seed))
#include "chains.glsl"
