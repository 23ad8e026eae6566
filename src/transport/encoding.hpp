#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gpupass {

/// RFC 4648, with padding.
std::string to_base64(std::string_view bytes);
/// nullopt when the text is not base64.
std::optional<std::string> from_base64(std::string_view text);

/// True for UTF-8 as JSON wants it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace gpupass
