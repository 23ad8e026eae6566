#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gpupass {

/// Foreign text as it may be shown: at most `limit` bytes, control characters and bytes that are not UTF-8 become '?'.
std::string printable(std::string_view text, std::size_t limit = 200);

/// Length of the UTF-8 character at the front of `text` (not empty); 0 when it is none.
std::size_t utf8_length(std::string_view text);

/// Adds a code point, as UTF-8.
void append_utf8(std::uint32_t code, std::string& text);

}  // namespace gpupass
