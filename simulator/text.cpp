#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <ctime>

namespace gpupass::sim {

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0;;) {
        const auto end = text.find(separator, at);
        parts.emplace_back(text.substr(at, end - at));
        if (end == text.npos)
            return parts;
        at = end + 1;
    }
}

std::vector<std::string> lines_of(std::string_view text)
{
    auto lines = split(text, '\n');
    if (lines.back().empty())
        lines.pop_back();
    return lines;
}

std::string join(const std::vector<std::string>& parts, std::string_view glue)
{
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0)
            text += glue;
        text += parts[i];
    }
    return text;
}

std::string trim(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos)
        return "";
    return std::string{text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1)};
}

std::string lower(std::string_view text)
{
    std::string result{text};
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool same_word(std::string_view a, std::string_view b) { return lower(a) == lower(b); }

std::string pad(std::string_view text, std::size_t width)
{
    std::string result{text};
    if (result.size() < width)
        result.append(width - result.size(), ' ');
    return result;
}

std::string pad_left(std::string_view text, std::size_t width)
{
    std::string result{text};
    if (result.size() < width)
        result.insert(0, width - result.size(), ' ');
    return result;
}

std::string without_blanks(std::string_view text)
{
    std::string result{text};
    std::erase(result, ' ');
    return result;
}

std::optional<long long> to_number(std::string_view text)
{
    long long value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<long long> to_c_number(std::string_view text)
{
    if (!text.starts_with("0x") && !text.starts_with("0X"))
        return to_number(text);
    text.remove_prefix(2);
    long long value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::string utc(double seconds, const char* format)
{
    const auto whole = static_cast<std::time_t>(std::floor(seconds));
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::string text(256, '\0');
    text.resize(std::strftime(text.data(), text.size(), format, &parts));
    return text;
}

std::string utc_milliseconds(double seconds)
{
    const auto whole = std::floor(seconds);
    return utc(whole, "%Y-%m-%dT%H:%M:%S") + fmt::format(".{:03}Z", static_cast<int>((seconds - whole) * 1000));
}

}  // namespace gpupass::sim
