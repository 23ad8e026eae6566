#include "guest/known_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gpupass::guest {

namespace {

std::uint32_t mix(std::uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ (x >> 16);
}

template <class Value, class Answer>
std::string first_wrong(std::span<const Value> found, Answer answer)
{
    for (std::size_t i = 0; i < found.size(); ++i)
        if (const Value wanted = answer(static_cast<std::uint32_t>(i)); found[i] != wanted)
            return fmt::format("item {} of {} is {}, not {}", i, found.size(), found[i], wanted);
    return "";
}

bool is_near(float found, float wanted)  // false for a NaN
{
    return std::fabs(found - wanted) <= float_tolerance * std::max(1.0f, std::fabs(wanted));
}

}  // namespace

std::uint32_t int_answer(std::uint32_t item, std::uint32_t seed)
{
    std::uint32_t x = item + seed;
    for (std::uint32_t round = 0; round < 16; ++round)
        x = mix(x + round * 0x9e3779b9u);
    return x;
}

FloatAnswer float_answer(std::uint32_t item)
{
    const auto a = static_cast<float>(item % 1021);
    const auto b = static_cast<float>(item % 509 + 1);
    return {a * b + a - b, a / b + std::sqrt(a)};
}

std::uint32_t local_answer(std::uint32_t group, std::uint32_t seed)
{
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < group_size; ++i)
        sum += int_answer(group * group_size + i, seed);
    return sum;
}

std::vector<std::uint8_t> buffer_bytes()
{
    std::vector<std::uint8_t> bytes((4u << 20) + 3);
    std::uint32_t x = 1;
    for (std::uint8_t& byte : bytes) {
        x = x * 1664525u + 1013904223u;  // Numerical Recipes' generator
        byte = static_cast<std::uint8_t>(x >> 24);
    }
    return bytes;
}

std::string wrong_ints(std::span<const std::uint32_t> found, std::uint32_t seed)
{
    return first_wrong(found, [&](std::uint32_t i) { return int_answer(i, seed); });
}

std::string wrong_floats(std::span<const FloatAnswer> found)
{
    for (std::size_t i = 0; i < found.size(); ++i) {
        const FloatAnswer wanted = float_answer(static_cast<std::uint32_t>(i));
        if (found[i].exact != wanted.exact)
            return fmt::format("item {} of {} is {}, not {}", i, found.size(), found[i].exact, wanted.exact);
        if (!is_near(found[i].rounded, wanted.rounded))
            return fmt::format("item {} of {} is {}, not nearly {}", i, found.size(), found[i].rounded, wanted.rounded);
    }
    return "";
}

std::string wrong_groups(std::span<const std::uint32_t> found, std::uint32_t seed)
{
    return first_wrong(found, [&](std::uint32_t group) { return local_answer(group, seed); });
}

std::string wrong_bytes(std::span<const std::uint8_t> found, std::span<const std::uint8_t> sent)
{
    if (found.size() != sent.size())
        return fmt::format("{} bytes came back, not {}", found.size(), sent.size());
    const auto [wrong, right] = std::ranges::mismatch(found, sent);
    if (wrong == found.end())
        return "";
    return fmt::format("byte {} of {} came back as {:#04x}, not {:#04x}", wrong - found.begin(), found.size(), *wrong, *right);
}

}  // namespace gpupass::guest
