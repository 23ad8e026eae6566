#include "hosts/linux/each.hpp"

#include "hosts/linux/boot/lines.hpp"
#include "model/text.hpp"

#include <algorithm>

namespace gpupass::linux_host {

namespace {

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n;";
    const auto begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::unexpected<Error> bad_line(long number, std::string_view line)
{
    return at(Error{.kind = ErrorKind::parse, .what = "not ENTRY, NAME and VALUE: `" + printable(line, 80) + "`", .where = {}, .next = {}},
              "line " + std::to_string(number));
}

}  // namespace

std::string_view Entry::find(std::string_view wanted) const
{
    const auto found = std::ranges::find(values, wanted, &std::pair<std::string_view, std::string_view>::first);
    return found == values.end() ? std::string_view{} : found->second;
}

std::string_view Entry::text(std::string_view file) const
{
    const auto value = find(file);
    return value.starts_with('=') ? trimmed(value.substr(1)) : std::string_view{};
}

std::string_view Entry::link(std::string_view wanted) const
{
    const auto value = find(wanted);
    return value.starts_with('>') ? value.substr(value.find_last_of("/>") + 1) : std::string_view{};
}

std::vector<std::string_view> Entry::names(std::string_view folder) const
{
    std::vector<std::string_view> out;
    auto value = find(folder);
    if (!value.starts_with('/'))
        return out;
    for (value.remove_prefix(1); !value.empty();) {
        const auto end = std::min(value.find(';'), value.size());
        if (end > 0)
            out.push_back(value.substr(0, end));
        value.remove_prefix(std::min(end + 1, value.size()));
    }
    return out;
}

Result<std::vector<Entry>> parse_each(std::string_view text)
{
    std::vector<Entry> entries;
    for (long number = 1; !text.empty(); ++number) {
        const auto line = boot::take_line(text);
        const auto first = line.find('\t');
        const auto second = first == line.npos ? first : line.find('\t', first + 1);
        if (second == line.npos || first == 0)
            return bad_line(number, line);
        if (entries.empty() || entries.back().name != line.substr(0, first))
            entries.push_back({.name = line.substr(0, first)});
        const auto name = line.substr(first + 1, second - first - 1);
        if (name == "!")
            entries.back().answered = false;
        else
            entries.back().values.emplace_back(name, line.substr(second + 1));
    }
    return entries;
}

}  // namespace gpupass::linux_host
