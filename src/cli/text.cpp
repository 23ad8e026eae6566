#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace gpupass::cli {

namespace {

struct CodePoint {
    std::uint32_t value{};
    std::size_t length{};  // 0: not UTF-8
};

unsigned byte_at(std::string_view text, std::size_t i)
{
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
}

std::size_t announced_length(unsigned first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/// Overlong forms, surrogates and values above U+10FFFF are not UTF-8.
bool is_valid(std::uint32_t value, std::size_t length)
{
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    return value >= smallest[length] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

CodePoint decode(std::string_view text)
{
    const unsigned first = byte_at(text, 0);
    const std::size_t length = announced_length(first);
    if (length <= 1)
        return {first, length};
    std::uint32_t value = first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, i) & 0xc0u) != 0x80u)
            return {};
        value = value << 6 | (byte_at(text, i) & 0x3fu);
    }
    return is_valid(value, length) ? CodePoint{value, length} : CodePoint{};
}

bool turns_direction(std::uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f;
}

std::string escaped(std::uint32_t c)
{
    if (c == '\n')
        return "\\n";
    if (c == '\t')
        return "\\t";
    if (c == '\r')
        return "\\r";
    return c < 0x100 ? fmt::format("\\x{:02x}", c) : fmt::format("\\u{:04x}", c);
}

bool is_control(std::uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || turns_direction(c);
}

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string printable(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const CodePoint c = decode(text);
        const std::size_t length = std::max<std::size_t>(c.length, 1);
        if (c.length == 0)
            out += fmt::format("\\x{:02x}", byte_at(text, 0));
        else if (is_control(c.value))
            out += escaped(c.value);
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

std::size_t display_width(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; }));
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates)
{
    constexpr std::size_t longest = 200;  // beyond that a word is no slip of the fingers
    if (word.empty() || word.size() > longest)
        return std::nullopt;
    std::optional<std::string> best;
    std::size_t limit = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = candidate.size() > longest ? limit : edit_distance(word, candidate);
        if (distance >= limit)
            continue;
        limit = distance;
        best = candidate;
    }
    return best;
}

std::string duration_text(std::chrono::milliseconds time)
{
    const auto count = time.count();
    if (count < 10'000)
        return fmt::format("{:.1f} s", static_cast<double>(count) / 1000);
    if (count < 120'000)
        return fmt::format("{} s", count / 1000);
    return fmt::format("{} min {:02} s", count / 60'000, count / 1000 % 60);
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent)
{
    std::string out;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        const std::size_t needed = display_width(word);
        if (column > 0 && column + 1 + needed + indent > width) {
            out += '\n' + std::string(indent, ' ');
            column = 0;
        } else if (column > 0) {
            out += ' ';
            ++column;
        }
        out += word;
        column += needed;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace gpupass::cli
