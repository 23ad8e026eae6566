#pragma once

#include <string>

namespace gpupass::guest {

/// Windows' UTF-16 and our UTF-8. What is no text becomes replacement characters.
std::string to_utf8(const std::wstring& text);
std::wstring to_wide(const std::string& text);

}  // namespace gpupass::guest
