#include "hosts/esxi/text.hpp"

#include "model/text.hpp"

#include <algorithm>
#include <charconv>

namespace gpupass::esxi {

namespace {

constexpr std::string_view blanks = " \t\r";

char lower_char(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_dashes(std::string_view text)
{
    return text.find('-') != std::string_view::npos && text.find_first_not_of("- ") == std::string_view::npos;
}

std::vector<std::size_t> column_starts(std::string_view dashes)
{
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < dashes.size(); ++i)
        if (dashes[i] == '-' && (i == 0 || dashes[i - 1] != '-'))
            starts.push_back(i);
    return starts;
}

std::vector<std::string_view> cut(std::string_view line, const std::vector<std::size_t>& starts)
{
    std::vector<std::string_view> cells;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::size_t begin = i == 0 ? 0 : starts[i];
        const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : line.size();
        cells.push_back(begin < line.size() ? trim(line.substr(begin, end - begin)) : std::string_view{});
    }
    return cells;
}

}  // namespace

std::string_view trim_end(std::string_view text)
{
    const auto last = text.find_last_not_of(blanks);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view trim(std::string_view text)
{
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{} : trim_end(text.substr(first));
}

std::vector<TextLine> split_lines(std::string_view text)
{
    std::vector<TextLine> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back({static_cast<long>(lines.size()) + 1, trim_end(text.substr(0, end))});
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), lower_char);
    return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, lower_char, lower_char);
}

std::optional<std::int64_t> parse_int(std::string_view text)
{
    std::int64_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<std::uint16_t> parse_hex16(std::string_view text)
{
    if (text.starts_with("0x") || text.starts_with("0X"))
        text.remove_prefix(2);
    std::uint16_t value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.empty() || text.size() > 4 || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<bool> parse_bool(std::string_view text)
{
    const std::string word = lower(text);
    if (word == "true" || word == "yes" || word == "1")
        return true;
    if (word == "false" || word == "no" || word == "0")
        return false;
    return std::nullopt;
}

std::string hex_digits(std::string_view text)
{
    std::string out;
    for (const char c : lower(text))
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
            out += c;
    return out;
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string as_utf8(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        out += length == 0 ? std::string_view{"\xef\xbf\xbd"} : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string excerpt(std::string_view text, std::size_t most)
{
    text = trim(text);
    while (text.ends_with('\n'))
        text = trim_end(text.substr(0, text.size() - 1));
    return printable(text, most) + (text.size() > most ? "..." : "");
}

std::unexpected<Error> bad_text(long line, std::string_view field, std::string what)
{
    Error error{.kind = ErrorKind::parse, .what = std::move(what), .where = {}, .next = {}};
    if (!field.empty())
        error.where.push_back("field " + excerpt(field, 60));
    if (line > 0)
        error.where.push_back("line " + std::to_string(line));
    return std::unexpected(std::move(error));
}

std::optional<Field> split_field(const TextLine& line)
{
    const std::string_view text = trim(line.text);
    auto colon = text.find(": ");
    if (colon == std::string_view::npos && text.ends_with(':'))
        colon = text.size() - 1;
    if (colon == std::string_view::npos || colon == 0)
        return std::nullopt;
    return Field{line.number, trim(text.substr(0, colon)), trim(text.substr(colon + 1))};
}

Fields fields_of(std::span<const TextLine> lines)
{
    Fields fields;
    for (const TextLine& line : lines)
        if (const auto field = split_field(line))
            fields.push_back(*field);
    return fields;
}

const Field* find_field(const Fields& fields, std::string_view name)
{
    const auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

std::string_view value_of(const Fields& fields, std::string_view name)
{
    const Field* field = find_field(fields, name);
    return field ? field->value : std::string_view{};
}

Result<Field> need_field(const Fields& fields, std::string_view name)
{
    if (const Field* field = find_field(fields, name))
        return *field;
    return bad_text(fields.empty() ? 0 : fields.front().line, name, "a field is missing");
}

Result<std::size_t> Table::column(std::string_view name) const
{
    const auto found = std::ranges::find(columns, name);
    if (found == columns.end())
        return bad_text(0, name, "the table has no such column");
    return static_cast<std::size_t>(found - columns.begin());
}

Result<Table> parse_table(std::string_view text)
{
    const auto lines = split_lines(text);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (!is_dashes(lines[i].text))
            continue;
        const auto starts = column_starts(lines[i].text);
        Table table{.columns = cut(lines[i - 1].text, starts), .rows = {}};
        for (const TextLine& line : std::span{lines}.subspan(i + 1))
            if (!line.text.empty())
                table.rows.push_back({line.number, cut(line.text, starts)});
        return table;
    }
    return bad_text(0, "", "no table in the text");
}

}  // namespace gpupass::esxi
