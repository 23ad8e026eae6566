#version 450
#extension GL_GOOGLE_include_directive : require
#define TYPE float
#define LANES float(0)
#define FACTOR float(1.0 / float(seed))
#include "chains.glsl"
