#pragma once

#include "model/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Attributes of a PCI function below /sys/bus/pci/devices that hold more than one value.

namespace gpupass::linux_host::boot {

/// A region of a PCI function.
struct Bar {
    int index{};            // 0..5 a BAR, 6 the ROM, 7.. those of its virtual functions and bridge windows
    std::uint64_t start{};  // host address; 0: not placed
    std::uint64_t size{};
    bool is_io{};           // ports, not memory
    bool is_64{};
    bool is_prefetchable{};
    bool is_rom{};
    std::uint64_t last() const { return start + size - 1; }
    bool operator==(const Bar&) const = default;
};

/// Reads `resource`: a line `0xSTART 0xEND 0xFLAGS` for each region; ';' may stand for the line end, as each-file answers
/// have it. Regions that are not used are left out. Refused, with line and field: numbers that are none, an end before the
/// start, more than 32 lines.
Result<std::vector<Bar>> parse_resource(std::string_view text);

/// Reads `reset_method`: names of ways to reset, tried in that order; empty: resets are turned off. Refused: words that
/// cannot be such names, more than 16.
Result<std::vector<std::string>> parse_reset_methods(std::string_view text);

}  // namespace gpupass::linux_host::boot
