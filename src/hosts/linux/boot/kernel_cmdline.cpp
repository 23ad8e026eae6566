#include "hosts/linux/boot/kernel_cmdline.hpp"

#include "hosts/linux/boot/cmdline.hpp"

#include <fmt/format.h>

namespace gpupass::linux_host::boot {

namespace {

bool has_words(const Line& line)
{
    const auto text = trimmed(line.text);
    return !text.empty() && !text.starts_with('#');
}

/// The one line with words; number 0 when there is none.
Result<Line> find_line(std::string_view text)
{
    const auto lines = split_lines(text);
    if (!lines)
        return std::unexpected(lines.error());
    Line found;
    for (const Line& line : *lines) {
        if (!has_words(line))
            continue;
        if (found.number != 0)
            return bad_line(line.number, fmt::format("words on a second line, the first are on line {}", found.number),
                            "put all words on one line");
        found = line;
    }
    return found;
}

std::string with_words(std::string_view text, const Line& line, std::string_view words)
{
    if (line.number == 0)
        return with_line(text, words);
    return std::string{text}.replace(static_cast<std::size_t>(line.text.data() - text.data()), line.text.size(), words);
}

template <class Edit>
Result<std::string> edited(std::string_view text, Edit edit)
{
    const auto line = find_line(text);
    if (!line)
        return std::unexpected(line.error());
    auto words = edit(line->text);
    if (!words)
        return at(std::move(words.error()), fmt::format("line {}", line->number));
    return *words == line->text ? std::string{text} : with_words(text, *line, *words);
}

}  // namespace

Result<std::string> parse_kernel_cmdline(std::string_view text)
{
    const auto line = find_line(text);
    return line ? Result<std::string>{line->text} : std::unexpected(line.error());
}

Result<std::string> add_kernel_cmdline_words(std::string_view text, std::span<const std::string> words)
{
    return edited(text, [&](std::string_view line) { return add_words(line, words); });
}

Result<std::string> remove_kernel_cmdline_words(std::string_view text, std::span<const std::string> words)
{
    return edited(text, [&](std::string_view line) { return remove_words(line, words); });
}

}  // namespace gpupass::linux_host::boot
