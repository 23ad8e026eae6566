#include "model/text.hpp"

#include <algorithm>

namespace gpupass {

namespace {

using Byte = unsigned char;

/// Length of a UTF-8 character that begins with this byte; 0 when none does.
std::size_t announced_length(Byte first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first >= 0xf5)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/// Terminals act on C0, DEL and C1 (U+0080 to U+009F: c2 80 to c2 9f).
bool is_control(std::string_view character)
{
    const Byte first = static_cast<Byte>(character[0]);
    if (character.size() == 1)
        return (first < 0x20 && first != '\t') || first == 0x7f;
    return first == 0xc2 && static_cast<Byte>(character[1]) < 0xa0;
}

}  // namespace

std::size_t utf8_length(std::string_view text)
{
    const Byte first = static_cast<Byte>(text.front());
    const std::size_t length = announced_length(first);
    if (length == 0 || text.size() < length)
        return 0;
    const auto follows = [](char c) { return (static_cast<Byte>(c) & 0xc0) == 0x80; };
    if (!std::ranges::all_of(text.substr(1, length - 1), follows))
        return 0;
    const Byte second = length > 1 ? static_cast<Byte>(text[1]) : Byte{0x80};
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool outside = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
    return overlong || outside ? 0 : length;
}

std::string printable(std::string_view text, std::size_t limit)
{
    std::string shown;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        const std::string_view safe = length == 0 || is_control(character) ? "?" : character;
        if (shown.size() + safe.size() > limit)
            break;
        shown += safe;
        text.remove_prefix(character.size());
    }
    return shown;
}

void append_utf8(std::uint32_t code, std::string& text)
{
    const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xc0 | code >> 6);
        byte(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        byte(0xe0 | code >> 12);
        byte(0x80 | (code >> 6 & 0x3f));
        byte(0x80 | (code & 0x3f));
    } else {
        byte(0xf0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3f));
        byte(0x80 | (code >> 6 & 0x3f));
        byte(0x80 | (code & 0x3f));
    }
}

}  // namespace gpupass
