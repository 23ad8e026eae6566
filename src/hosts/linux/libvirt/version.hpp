#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace gpupass::linux_host {

/// A release of QEMU or libvirt.
struct Version {
    int major{};
    int minor{};
    int micro{};
    auto operator<=>(const Version&) const = default;
};

std::string to_string(const Version& version);

/// Reads `10.1`, `9.0.0` or `7.2.22 (Debian 1:7.2+dfsg-7)`: two or three numbers, then anything that is not a digit.
std::optional<Version> parse_version(std::string_view text);

}  // namespace gpupass::linux_host
