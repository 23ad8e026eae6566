#version 450
#extension GL_GOOGLE_include_directive : require
#include "known.glsl"

layout(std430, binding = 0) writeonly buffer Out { uint found[]; };

void main()
{
    const uint item = gl_GlobalInvocationID.x;
    if (item < count)
        found[item] = int_answer(item);
}
