// `count` rounds of 16 multiply-adds in four chains; in each chain every step needs the one before. TYPE says of what, LANES
// makes the lanes of a vector different (a compiler would compute equal ones once), FACTOR keeps floats near 4.5.
layout(local_size_x = 64) in;
layout(push_constant) uniform Arguments
{
    uint count;
    uint seed;
};
layout(std430, binding = 0) writeonly buffer Out { uint found[]; };

#define STEP x0 = x0 * a + b; x1 = x1 * a + b; x2 = x2 * a + b; x3 = x3 * a + b;
#define STEPS STEP STEP STEP STEP

void main()
{
    const TYPE a = FACTOR;
    const TYPE b = TYPE(seed);
    TYPE x0 = TYPE(gl_LocalInvocationID.x) + LANES;
    TYPE x1 = x0 + TYPE(1);
    TYPE x2 = x0 + TYPE(2);
    TYPE x3 = x0 + TYPE(3);
    for (uint i = 0u; i < count; ++i) {
        STEPS STEPS STEPS STEPS
    }
    // Never so, but no compiler knows: without a use nothing would be computed.
    if (x0 + x1 + x2 + x3 == TYPE(seed) * TYPE(77))
        found[0] = 1u;
}
