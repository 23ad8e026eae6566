#include "hosts/linux/boot/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpupass::linux_host::boot {

namespace {

constexpr std::string_view blanks = " \t";

Line line_of(std::string_view raw, std::size_t number)
{
    const std::size_t end = raw.ends_with("\r\n") ? 2 : raw.ends_with('\n') ? 1 : 0;
    return {raw.substr(0, raw.size() - end), raw.substr(raw.size() - end), number};
}

std::size_t raw_length(std::string_view text) { return std::min(text.find('\n'), text.size() - 1) + 1; }

}  // namespace

std::string to_string(const Place& place) { return fmt::format("{} line {}", place.path, place.line); }

Result<std::vector<Line>> split_lines(std::string_view text, std::size_t limit)
{
    if (text.size() > limit)
        return fail(ErrorKind::parse, fmt::format("the text has {} bytes, more than {}", text.size(), limit));
    std::vector<Line> lines;
    while (!text.empty()) {
        const std::size_t length = raw_length(text);
        lines.push_back(line_of(text.substr(0, length), lines.size() + 1));
        text.remove_prefix(length);
    }
    return lines;
}

std::string line_end_of(std::string_view text)
{
    const auto end = text.find('\n');
    return end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

std::string with_line(std::string_view text, std::string_view line)
{
    // A carriage return at the very end would become half of a line end, and could not be told apart afterwards.
    const std::string end = text.ends_with('\r') ? "\r\n" : line_end_of(text);
    std::string out{text};
    if (text.empty() || text.ends_with('\n'))
        return out.append(line).append(end);
    return out.append(end).append(line);
}

std::string without_line(std::string_view text, std::size_t number)
{
    std::size_t begin = 0;
    for (std::size_t i = 1; i < number && begin < text.size(); ++i)
        begin += raw_length(text.substr(begin));
    if (begin >= text.size())
        return std::string{text};
    const std::size_t length = raw_length(text.substr(begin));
    std::string out{text.substr(0, begin)};
    // A file whose last line had no end stays one.
    if (line_of(text.substr(begin, length), 0).end.empty() && begin > 0)
        out.resize(out.size() - line_of(out, 0).end.size());
    return out.append(text.substr(begin + length));
}

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::string_view take_word(std::string_view& text)
{
    text = trimmed(text);
    const auto word = text.substr(0, text.find_first_of(blanks));
    text = trimmed(text.substr(word.size()));
    return word;
}

std::string_view take_line(std::string_view& text)
{
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

std::unexpected<Error> bad_line(std::size_t number, std::string what, std::string next)
{
    return at(Error{ErrorKind::parse, std::move(what), {}, std::move(next)}, fmt::format("line {}", number));
}

}  // namespace gpupass::linux_host::boot
