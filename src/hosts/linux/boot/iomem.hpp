#pragma once

#include "hosts/linux/boot/lines.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// /proc/iomem: who has which addresses. A framebuffer of the firmware inside a GPU's BAR keeps vfio-pci from having it.

namespace gpupass::linux_host::boot {

struct IomemRange {
    std::uint64_t first{};
    std::uint64_t last{};  // the last address, not the one behind it
    int depth{};  // 0: not inside another range
    std::string name;  // "0000:00:02.0", "BOOTFB", "efifb"
    bool operator==(const IomemRange&) const = default;
};

struct Iomem {
    std::vector<IomemRange> ranges;  // in the order of the file: a range, then what is inside it
    bool is_hidden{};  // all addresses are 0, which is what anybody but root sees
};

/// Refused: a line of another form, a range that ends before it begins, more than 1 MiB.
Result<Iomem> parse_iomem(std::string_view text);

/// What lies completely inside [first, last], the range of that size itself included. nullopt: the addresses are hidden.
std::optional<std::vector<IomemRange>> inside(const Iomem& iomem, std::uint64_t first, std::uint64_t last);

/// The firmware's framebuffers that touch [first, last], and the drivers in them: BOOTFB, efifb, simpledrm, simplefb,
/// vesafb ... nullopt: hidden. Empty: none.
std::optional<std::vector<IomemRange>> framebuffers(const Iomem& iomem, std::uint64_t first, std::uint64_t last);

}  // namespace gpupass::linux_host::boot
