#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gpupass::cli {

/// Foreign text made safe for a terminal: control characters, bytes that are not UTF-8 and the marks that turn the
/// direction of writing become visible escapes (`\n`, `\x1b`, `\u202e`).
std::string printable(std::string_view text);

/// Columns that printable text takes: one a code point.
std::size_t display_width(std::string_view text);

/// The candidate that `word` was probably meant to be; nullopt when none is near.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "40 s", "2 min 05 s", "0.3 s".
std::string duration_text(std::chrono::milliseconds time);

/// Breaks at blanks so that no line but one with a long word is wider than `width`; lines after the first begin with
/// `indent` blanks.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace gpupass::cli
