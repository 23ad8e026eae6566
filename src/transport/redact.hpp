#pragma once

#include <string>
#include <string_view>

namespace gpupass {

/// Stands where something was that must not leave the house.
inline constexpr std::string_view removed = "removed";

/// A MAC address without its last half; anything else as it is.
std::string hide_mac(std::string value);

/// Domain XML of libvirt without passwords, secrets, what people wrote (title, description, metadata), and MAC addresses.
std::string hide_xml_secrets(std::string_view text);

}  // namespace gpupass
