#version 450
#extension GL_GOOGLE_include_directive : require
#define TYPE uvec4
#define LANES uvec4(0, 1, 2, 3)
#define FACTOR uvec4(seed)
#include "chains.glsl"
