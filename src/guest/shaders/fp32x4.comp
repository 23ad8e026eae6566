#version 450
#extension GL_GOOGLE_include_directive : require
#define TYPE vec4
#define LANES vec4(0, 1, 2, 3)
#define FACTOR vec4(1.0 / float(seed))
#include "chains.glsl"
