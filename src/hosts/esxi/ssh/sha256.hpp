#pragma once

#include <string>
#include <string_view>

namespace gpupass::esxi {

/// SHA-256 in lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace gpupass::esxi
