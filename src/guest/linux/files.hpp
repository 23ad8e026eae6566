#pragma once

#include <optional>
#include <string>
#include <vector>

// Small files of sysfs and procfs, bounded. What cannot be read is nullopt or empty.

namespace gpupass::guest {

/// Without the newline at its end; at most 64 KiB.
std::optional<std::string> read_text(const std::string& path);
/// Names in a folder, sorted.
std::vector<std::string> names_in(const std::string& path);
/// The last part of a link's target: how sysfs names drivers.
std::string link_name(const std::string& path);
/// "0x8086"
std::optional<std::uint32_t> read_hex(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace gpupass::guest
