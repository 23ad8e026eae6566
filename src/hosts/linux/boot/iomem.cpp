#include "hosts/linux/boot/iomem.hpp"

#include "model/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace gpupass::linux_host::boot {

namespace {

constexpr std::size_t deepest = 32;
constexpr std::size_t largest_iomem = 1 << 20;

std::optional<std::uint64_t> hex(std::string_view text)
{
    std::uint64_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// `  fd000000-fe7fffff : PCI Bus 0000:00`: two blanks for every range around it.
Result<IomemRange> parse_range(const Line& line)
{
    const auto indent = std::min(line.text.find_first_not_of(' '), line.text.size());
    const auto dash = line.text.find('-', indent);
    const auto colon = line.text.find(" : ", indent);
    if (dash == std::string_view::npos || colon == std::string_view::npos || dash > colon)
        return bad_line(line.number, "not `first-last : name`: " + printable(line.text, 80));
    if (indent % 2 != 0 || indent / 2 > deepest)
        return bad_line(line.number, "indented by " + std::to_string(indent) + " blanks");
    const auto first = hex(line.text.substr(indent, dash - indent));
    const auto last = hex(line.text.substr(dash + 1, colon - dash - 1));
    if (!first || !last)
        return bad_line(line.number,
                        std::string{first ? "last" : "first"} + " address: not a number: " + printable(line.text, 80));
    if (*last < *first)
        return bad_line(line.number, "the range ends before it begins: " + printable(line.text, 80));
    return IomemRange{*first, *last, static_cast<int>(indent / 2), std::string{line.text.substr(colon + 3)}};
}

bool is_framebuffer(const IomemRange& range)
{
    constexpr std::array<std::string_view, 8> names = {
        "BOOTFB", "efifb", "simpledrm", "simplefb", "vesafb", "simple-framebuffer", "offb", "vga16fb"};
    const auto begins = [&](std::string_view name) { return range.name.starts_with(name); };
    return std::ranges::any_of(names, begins);
}

template <class Test>
std::optional<std::vector<IomemRange>> select(const Iomem& iomem, Test test)
{
    std::vector<IomemRange> found;
    std::ranges::copy_if(iomem.ranges, std::back_inserter(found), test);
    return iomem.is_hidden ? std::nullopt : std::optional{std::move(found)};
}

}  // namespace

Result<Iomem> parse_iomem(std::string_view text)
{
    const auto lines = split_lines(text, largest_iomem);
    if (!lines)
        return std::unexpected(lines.error());
    Iomem iomem;
    for (const Line& line : *lines) {
        if (trimmed(line.text).empty())
            continue;
        auto range = parse_range(line);
        if (!range)
            return std::unexpected(range.error());
        iomem.ranges.push_back(std::move(*range));
    }
    const auto is_zero = [](const IomemRange& r) { return r.first == 0 && r.last == 0; };
    iomem.is_hidden = !iomem.ranges.empty() && std::ranges::all_of(iomem.ranges, is_zero);
    return iomem;
}

std::optional<std::vector<IomemRange>> inside(const Iomem& iomem, std::uint64_t first, std::uint64_t last)
{
    return select(iomem, [&](const IomemRange& r) { return r.first >= first && r.last <= last; });
}

std::optional<std::vector<IomemRange>> framebuffers(const Iomem& iomem, std::uint64_t first, std::uint64_t last)
{
    return select(iomem, [&](const IomemRange& r) { return r.first <= last && r.last >= first && is_framebuffer(r); });
}

}  // namespace gpupass::linux_host::boot
