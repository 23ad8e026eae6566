#include "hosts/esxi/ssh/vmx.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <map>

namespace gpupass::esxi {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view blanks = " \t";

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool must_be_escaped(char c)
{
    return c == '"' || c == '|' || c == 0x7f || (static_cast<unsigned char>(c) < 0x20 && c != '\t');
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Nothing, or a comment, after a value.
bool is_rest(std::string_view text)
{
    const auto begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos || text[begin] == '#';
}

std::string_view line_end(std::string_view raw)
{
    if (raw.ends_with("\r\n"))
        return raw.substr(raw.size() - 2);
    return raw.ends_with('\n') ? raw.substr(raw.size() - 1) : std::string_view{};
}

/// Where a value at the front of `text` ends (with its quotes); nullopt when what follows is of no known form.
std::optional<std::size_t> value_length(std::string_view text)
{
    std::size_t size = 0;
    if (text.starts_with('"')) {
        const auto quote = text.find('"', 1);
        if (quote == std::string_view::npos)
            return std::nullopt;
        size = quote + 1;
    } else {
        size = std::min(text.find_first_of(" \t#"), text.size());
        if (text.substr(0, size).contains('"'))
            return std::nullopt;
    }
    return is_rest(text.substr(size)) ? std::optional{size} : std::nullopt;
}

bool can_be_bare(std::string_view escaped)
{
    return !escaped.empty() && escaped.find_first_of(" \t#\"") == std::string_view::npos;
}

Result<void> check_name(std::string_view name)
{
    const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; };
    if (name.empty() || std::ranges::any_of(name, is_bad) || name.find_first_of("=#\"") != std::string_view::npos)
        return bad_text(0, name, "not a name a .vmx file can hold");
    return {};
}

}  // namespace

std::string escape_vmx(std::string_view value)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : value) {
        if (!must_be_escaped(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '|';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string unescape_vmx(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '|' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0) {
            out += text[i];
            continue;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

VmxDocument::VmxDocument(std::string_view text) : has_mark_{text.starts_with(byte_order_mark)}
{
    if (has_mark_)
        text.remove_prefix(byte_order_mark.size());
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
        lines_.push_back(parse_line(text.substr(0, size)));
        text.remove_prefix(size);
    }
}

VmxDocument::Line VmxDocument::parse_line(std::string_view raw)
{
    Line line{.raw = std::string{raw}};
    const std::string_view text = raw.substr(0, raw.size() - line_end(raw).size());
    const auto begin = text.find_first_not_of(blanks);
    const auto end = begin == std::string_view::npos ? begin : text.find_first_of(" \t=#", begin);
    const auto sign = end == std::string_view::npos ? end : text.find_first_not_of(blanks, end);
    if (sign == std::string_view::npos || text[sign] != '=' || end == begin)
        return line;
    const std::size_t value = std::min(text.find_first_not_of(blanks, sign + 1), text.size());
    const auto size = value_length(text.substr(value));
    if (!size)
        return line;
    line.key = lower(text.substr(begin, end - begin));
    line.name_begin = begin;
    line.name_size = end - begin;
    line.value_begin = value;
    line.value_size = *size;
    return line;
}

std::string VmxDocument::text() const
{
    std::string out{has_mark_ ? byte_order_mark : std::string_view{}};
    for (const Line& line : lines_)
        out += line.raw;
    return out;
}

std::string VmxDocument::value_of(const Line& line) const
{
    std::string_view value = std::string_view{line.raw}.substr(line.value_begin, line.value_size);
    if (value.starts_with('"'))
        value = value.substr(1, value.size() - 2);
    return unescape_vmx(value);
}

std::vector<VmxDocument::Entry> VmxDocument::entries() const
{
    std::vector<Entry> out;
    for (std::size_t i = 0; i < lines_.size(); ++i)
        if (const Line& line = lines_[i]; !line.key.empty())
            out.push_back({line.raw.substr(line.name_begin, line.name_size), value_of(line), static_cast<long>(i) + 1});
    return out;
}

std::optional<std::string> VmxDocument::get(std::string_view name) const
{
    const auto found = std::ranges::find(lines_, lower(name), &Line::key);
    return found == lines_.end() || name.empty() ? std::nullopt : std::optional{value_of(*found)};
}

std::vector<VmxDocument::Duplicate> VmxDocument::duplicates() const
{
    std::map<std::string_view, long> first;
    std::vector<Duplicate> out;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const Line& line = lines_[i];
        if (line.key.empty())
            continue;
        const long number = static_cast<long>(i) + 1;
        const auto [place, fresh] = first.emplace(line.key, number);
        if (!fresh)
            out.push_back({line.raw.substr(line.name_begin, line.name_size), place->second, number});
    }
    return out;
}

bool VmxDocument::is_utf8_encoded() const
{
    return has_mark_ || equals_ignoring_case(get(".encoding").value_or(""), "UTF-8");
}

/// The one line with that name, or null.
Result<VmxDocument::Line*> VmxDocument::find_one(std::string_view name)
{
    const std::string key = lower(name);
    const auto found = std::ranges::find(lines_, key, &Line::key);
    if (key.empty() || found == lines_.end())
        return nullptr;
    const auto second = std::find_if(found + 1, lines_.end(), [&](const Line& line) { return line.key == key; });
    if (second == lines_.end())
        return &*found;
    const auto number = [&](auto place) { return std::to_string(place - lines_.begin() + 1); };
    auto error = bad_text(0, name, "the name stands there twice, on lines " + number(found) + " and " + number(second));
    error.error().kind = ErrorKind::blocked;
    error.error().next = "delete one of the two lines by hand; ESXi cannot load a VM with both";
    return error;
}

Result<void> VmxDocument::set(std::string_view name, std::string_view value)
{
    if (!is_ascii(value) && (!is_utf8_encoded() || !is_utf8(value)))
        return bad_text(0, name, "a value that is not ASCII can only be written to a file in UTF-8");
    const auto found = find_one(name);
    if (!found)
        return std::unexpected(found.error());
    const std::string escaped = escape_vmx(value);
    Line* line = *found;
    if (!line) {
        if (auto good = check_name(name); !good)
            return good;
        append(name, "\"" + escaped + "\"");
        return {};
    }
    if (value_of(*line) == value)
        return {};
    const bool bare = line->value_size > 0 && line->raw[line->value_begin] != '"';
    std::string written = bare && can_be_bare(escaped) ? escaped : "\"" + escaped + "\"";
    // `name =#comment`: the comment must not swallow the value, nor the value the sign.
    if (line->value_size == 0)
        written = " " + written + (line->value_begin < line->raw.size() && line->raw[line->value_begin] == '#' ? " " : "");
    std::string raw = line->raw;
    raw.replace(line->value_begin, line->value_size, written);
    *line = parse_line(raw);
    return {};
}

Result<void> VmxDocument::remove(std::string_view name)
{
    const auto found = find_one(name);
    if (!found)
        return std::unexpected(found.error());
    if (!*found)
        return {};
    const auto place = lines_.begin() + (*found - lines_.data());
    const bool was_open = place + 1 == lines_.end() && line_end(place->raw).empty();
    lines_.erase(place);
    // A file whose last line had no end stays one.
    if (was_open && !lines_.empty())
        lines_.back() = parse_line(lines_.back().raw.substr(0, lines_.back().raw.size() - line_end(lines_.back().raw).size()));
    return {};
}

void VmxDocument::append(std::string_view name, std::string_view quoted)
{
    const std::string entry = std::string{name} + " = " + std::string{quoted};
    std::string end = "\n";
    if (lines_.size() > 1 || (lines_.size() == 1 && !line_end(lines_[0].raw).empty()))
        end = line_end(lines_.front().raw);
    if (lines_.empty() || !line_end(lines_.back().raw).empty()) {
        lines_.push_back(parse_line(entry + end));
        return;
    }
    // A lone carriage return at the end of the file stays told apart from one that is part of a line end.
    if (lines_.back().raw.ends_with('\r'))
        end = "\r\n";
    lines_.back() = parse_line(lines_.back().raw + end);
    lines_.push_back(parse_line(entry));
}

}  // namespace gpupass::esxi
