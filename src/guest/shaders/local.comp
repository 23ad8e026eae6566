#version 450
#extension GL_GOOGLE_include_directive : require
#include "known.glsl"

layout(std430, binding = 0) writeonly buffer Out { uint found[]; };
shared uint sums[64];

void main()
{
    const uint own = gl_LocalInvocationID.x;
    sums[own] = int_answer(gl_GlobalInvocationID.x);
    for (uint half_size = 32u; half_size > 0u; half_size /= 2u) {
        barrier();
        if (own < half_size)
            sums[own] += sums[own + half_size];
    }
    if (own == 0u)
        found[gl_WorkGroupID.x] = sums[0];
}
