#pragma once

#include "hosts/host.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Names and texts of our files on a datastore, the same over both wires: two gpupass on two computers see each other.

namespace gpupass::esxi {

inline constexpr const char* marker_name = ".gpupass-lock";
std::string sheet_name(long run);

/// `key=value` lines.
std::string marker_text(const Holder& holder);
/// What can be read of it; missing keys stay empty.
Holder parse_marker(std::string_view text);

/// The datastore that has our files: the alphabetically first one of a VM. nullopt: the host has none.
std::optional<std::string> first_datastore(const HostFacts& facts);

struct Marker {
    std::string text;
    std::optional<std::int64_t> age_s;  // by the host's clock
};

/// The same computer, and the same state folder there.
bool is_same(const Holder& a, const Holder& b);
/// Holds the host against us. A marker whose age cannot be told counts as fresh.
bool is_in_the_way(const Marker& marker, const Holder& holder);
/// The error of the one who came second.
std::unexpected<Error> held_by(const Holder& holder, const std::string& path);

}  // namespace gpupass::esxi
