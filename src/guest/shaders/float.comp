#version 450
#extension GL_GOOGLE_include_directive : require
#include "known.glsl"

layout(std430, binding = 0) writeonly buffer Out { vec2 found[]; };

void main()
{
    const uint item = gl_GlobalInvocationID.x;
    const float a = float(item % 1021u);
    const float b = float(item % 509u + 1u);
    if (item < count)
        found[item] = vec2(a * b + a - b, a / b + sqrt(a));
}
