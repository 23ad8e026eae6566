#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gpupass::esxi {

/// Unix seconds of a line that begins as ESXi's logs do: `2022-04-22T03:04:15.771Z`. The host logs in UTC.
std::optional<std::int64_t> log_time(std::string_view line);

/// The lines since a moment of the host's clock (0: all). A line without a time belongs to the one before; those before
/// the first time are dropped, being part of something older.
std::string lines_since(std::string_view text, std::int64_t began);

}  // namespace gpupass::esxi
