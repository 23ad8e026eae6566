#include "hosts/esxi/ssh/log_time.hpp"

#include "hosts/esxi/text.hpp"

#include <chrono>

namespace gpupass::esxi {

namespace {

constexpr std::int64_t clock_slack = 2;

std::optional<unsigned> digits(std::string_view text)
{
    const auto value = text.find_first_not_of("0123456789") == std::string_view::npos ? parse_int(text) : std::nullopt;
    return value ? std::optional{static_cast<unsigned>(*value)} : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> log_time(std::string_view line)
{
    constexpr std::string_view form = "YYYY-MM-DDThh:mm:ss";
    if (line.size() < form.size() || line[4] != '-' || line[7] != '-' || line[10] != 'T' || line[13] != ':' || line[16] != ':')
        return std::nullopt;
    const auto year = digits(line.substr(0, 4));
    const auto month = digits(line.substr(5, 2));
    const auto day = digits(line.substr(8, 2));
    const auto hour = digits(line.substr(11, 2));
    const auto minute = digits(line.substr(14, 2));
    const auto second = digits(line.substr(17, 2));
    if (!year || !month || !day || !hour || !minute || !second)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok())
        return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return days * 86'400 + *hour * 3'600 + *minute * 60 + *second;
}

std::string lines_since(std::string_view text, std::int64_t began)
{
    if (began == 0)
        return std::string{text};
    std::string out;
    bool keep = false;
    for (const TextLine& line : split_lines(text)) {
        if (const auto time = log_time(line.text))
            keep = *time >= began - clock_slack;
        if (keep)
            out += std::string{line.text} + "\n";
    }
    return out;
}

}  // namespace gpupass::esxi
