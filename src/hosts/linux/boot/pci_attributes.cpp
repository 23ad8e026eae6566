#include "hosts/linux/boot/pci_attributes.hpp"

#include "hosts/linux/boot/lines.hpp"
#include "model/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gpupass::linux_host::boot {

namespace {

constexpr std::size_t most_regions = 32;
constexpr std::size_t most_methods = 16;
constexpr int rom_index = 6;

// include/linux/ioport.h
constexpr std::uint64_t flag_io = 0x100;
constexpr std::uint64_t flag_prefetch = 0x2000;
constexpr std::uint64_t flag_64 = 0x100000;

/// `0x00000000c0000000`, into `value`.
bool read_number(std::string_view word, std::uint64_t& value)
{
    if (!word.starts_with("0x"))
        return false;
    word.remove_prefix(2);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
    return !word.empty() && error == std::errc{} && end == word.data() + word.size();
}

Result<Bar> parse_region(std::string_view line, std::size_t number)
{
    std::array<std::uint64_t, 3> values{};
    std::string_view rest = line;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (const auto word = take_word(rest); !read_number(word, values.at(i)))
            return bad_line(
                number,
                fmt::format("{}: not a number: {}", std::array{"start", "end", "flags"}.at(i), printable(word, 40)));
    const auto [start, end, flags] = values;
    if (!rest.empty())
        return bad_line(number, "more than three numbers: " + printable(line, 80));
    if (end < start || end - start == UINT64_MAX)
        return bad_line(number, "end: not behind the start: " + printable(line, 80));
    const int index = static_cast<int>(number) - 1;
    return Bar{.index = index,
               .start = start,
               .size = end - start + 1,
               .is_io = (flags & flag_io) != 0,
               .is_64 = (flags & flag_64) != 0,
               .is_prefetchable = (flags & flag_prefetch) != 0,
               .is_rom = index == rom_index};
}

bool is_unused(const Bar& bar) { return bar.start == 0 && bar.last() == 0; }

bool is_method(std::string_view word)
{
    return word.size() <= 32 &&
        std::ranges::all_of(word, [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace

Result<std::vector<Bar>> parse_resource(std::string_view text)
{
    std::vector<Bar> bars;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find_first_of(";\n"), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (number > most_regions)
            return bad_line(number, "more regions than a PCI function can have");
        if (line.empty() && text.empty())
            break;
        const auto bar = parse_region(line, number);
        if (!bar)
            return std::unexpected(bar.error());
        if (!is_unused(*bar))
            bars.push_back(*bar);
    }
    return bars;
}

Result<std::vector<std::string>> parse_reset_methods(std::string_view text)
{
    std::vector<std::string> methods;
    text = trimmed(text.substr(0, text.find_first_of(";\n")));
    while (!text.empty()) {
        const auto word = take_word(text);
        if (!is_method(word) || methods.size() == most_methods)
            return fail(ErrorKind::parse, "reset_method: not a way to reset: " + printable(word, 40));
        methods.emplace_back(word);
    }
    return methods;
}

}  // namespace gpupass::linux_host::boot
