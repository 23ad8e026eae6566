#include "vmx.hpp"

#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace gpupass::sim {

namespace {

int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0'
        : c >= 'A' && c <= 'F'  ? c - 'A' + 10
        : c >= 'a' && c <= 'f'  ? c - 'a' + 10
                                : -1;
}

// |22 is a quote; a bar without two digits stays.
std::string unescaped(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '|' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        result += escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        i += escape ? 2 : 0;
    }
    return result;
}

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '|' || byte == 0x7f || (byte < 0x20 && c != '\t'))
            result += fmt::format("|{:02X}", byte);
        else
            result += c;
    }
    return result;
}

}  // namespace

Vmx::Line Vmx::parse(std::string_view raw)
{
    Line line{std::string{raw}, "", ""};
    if (raw.starts_with("\xEF\xBB\xBF"))
        raw.remove_prefix(3);
    const auto equals = raw.find('=');
    const auto key = trim(raw.substr(0, equals));
    if (equals == raw.npos || key.empty() || key.find_first_of(" \t#") != key.npos)
        return line;
    const auto rest = trim(raw.substr(equals + 1));
    if (rest.starts_with('"')) {
        const auto end = rest.find('"', 1);
        const auto after = end == rest.npos ? "x" : trim(rest.substr(end + 1));
        if (!after.empty() && after[0] != '#')
            return line;
        line.value = unescaped(rest.substr(1, end - 1));
    } else {
        line.value = unescaped(rest.substr(0, rest.find_first_of(" \t#")));
    }
    line.key = key;
    return line;
}

Vmx::Vmx(std::string_view text)
{
    for (const auto& raw : lines_of(text))
        lines_.push_back(parse(raw));
}

std::optional<std::string> Vmx::get(std::string_view key) const
{
    for (const auto& line : lines_)
        if (!line.key.empty() && same_word(line.key, key))
            return line.value;
    return std::nullopt;
}

std::string Vmx::get_or(std::string_view key, std::string_view otherwise) const
{
    return get(key).value_or(std::string{otherwise});
}

long long Vmx::number(std::string_view key, long long otherwise) const
{
    return to_number(get_or(key, "")).value_or(otherwise);
}

bool Vmx::is_true(std::string_view key) const { return same_word(get_or(key, ""), "TRUE"); }

void Vmx::set(std::string_view key, std::string_view value)
{
    for (auto& line : lines_) {
        if (line.key.empty() || !same_word(line.key, key))
            continue;
        if (line.value != value)
            line = parse(fmt::format("{} = \"{}\"", line.key, escaped(value)));
        return;
    }
    lines_.push_back(parse(fmt::format("{} = \"{}\"", key, escaped(value))));
}

std::string Vmx::text() const
{
    std::string text;
    for (const auto& line : lines_)
        text += line.raw + "\n";
    return text;
}

std::vector<std::pair<std::string, std::string>> Vmx::pairs() const
{
    std::vector<std::pair<std::string, std::string>> result;
    for (const auto& line : lines_)
        if (!line.key.empty())
            result.emplace_back(line.key, line.value);
    return result;
}

std::optional<std::string> Vmx::duplicate() const
{
    std::set<std::string> seen;
    for (std::size_t i = 0; i < lines_.size(); ++i)
        if (!lines_[i].key.empty() && !seen.insert(lower(lines_[i].key)).second)
            return fmt::format("line {}: Variable already defined: {}", i + 1, lines_[i].key);
    return std::nullopt;
}

}  // namespace gpupass::sim
