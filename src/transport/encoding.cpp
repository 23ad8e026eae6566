#include "transport/encoding.hpp"

#include <cstdint>

namespace gpupass {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes)
{
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto part = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t n = 0; n < 3; ++n)
            bits = bits << 8 | (n < part.size() ? static_cast<unsigned char>(part[n]) : 0u);
        for (std::size_t n = 0; n < 4; ++n)
            out += n <= part.size() ? base64_digits[bits >> (18 - 6 * n) & 63] : '=';
    }
    return out;
}

std::optional<std::string> from_base64(std::string_view text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    while (text.ends_with('='))
        text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    int have = 0;
    for (const char c : text) {
        const auto digit = base64_digits.find(c);
        if (digit == base64_digits.npos)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        have += 6;
        if (have >= 8)
            out += static_cast<char>(bits >> (have -= 8) & 255);
    }
    return out;
}

bool is_utf8(std::string_view text)
{
    std::size_t i = 0;
    const auto follows = [&](std::size_t count) {
        while (count-- > 0)
            if (++i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
                return false;
        return true;
    };
    for (; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        const bool overlong = lead == 0xc0 || lead == 0xc1 || (lead == 0xe0 && next < 0xa0) || (lead == 0xf0 && next < 0x90);
        const bool not_a_character = lead > 0xf4 || (lead == 0xf4 && next > 0x8f) || (lead == 0xed && next > 0x9f);
        if (overlong || not_a_character || (lead >= 0x80 && lead < 0xc0))
            return false;
        if (!follows(lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0))
            return false;
    }
    return true;
}

}  // namespace gpupass
