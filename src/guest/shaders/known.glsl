// What known_answers.cpp does. Every shader has the same arguments and at most two buffers.
layout(local_size_x = 64) in;
layout(push_constant) uniform Arguments
{
    uint count;
    uint seed;
};

uint mix_bits(uint x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ (x >> 16);
}

uint int_answer(uint item)
{
    uint x = item + seed;
    for (uint round = 0u; round < 16u; ++round)
        x = mix_bits(x + round * 0x9e3779b9u);
    return x;
}
