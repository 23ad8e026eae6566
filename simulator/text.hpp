#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Small helpers for text.

namespace gpupass::sim {

std::vector<std::string> split(std::string_view text, char separator);
/// The lines of `text` without their ends; a last line without a newline counts.
std::vector<std::string> lines_of(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view glue);
std::string trim(std::string_view text);
std::string lower(std::string_view text);
bool same_word(std::string_view a, std::string_view b);  // letters of either case
std::string pad(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);
std::string without_blanks(std::string_view text);
/// A whole decimal number, nothing else.
std::optional<long long> to_number(std::string_view text);
/// A whole number in C's notation: 12, 0x1f.
std::optional<long long> to_c_number(std::string_view text);
std::string replaced(std::string text, std::string_view from, std::string_view to);

/// A time (seconds since 1970) in UTC by strftime's rules.
std::string utc(double seconds, const char* format);
/// 2022-04-22T03:04:15.771Z, as the logs have it.
std::string utc_milliseconds(double seconds);

}  // namespace gpupass::sim
