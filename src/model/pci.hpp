#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gpupass {

/// Where a PCI function sits: segment (domain), bus, device ("slot") and function.
/// Text form everywhere in gpupass: `ssss:bb:dd.f`, hexadecimal, lower case.
struct PciAddress {
    std::uint16_t segment{};
    std::uint8_t bus{};
    std::uint8_t slot{};      // 0..31
    std::uint8_t function{};  // 0..7
    auto operator<=>(const PciAddress&) const = default;
};

std::string to_string(const PciAddress& address);

/// Reads `0000:00:02.0` or, with segment 0 understood, `00:02.0`. Hexadecimal, either case, nothing around it.
/// nullopt for anything else: `0:2.0`, an empty text, a slot above 1f, a function above 7.
std::optional<PciAddress> parse_pci_address(std::string_view text);

/// What a PCI function is: `vendor:device`, as in 8086:9a49.
struct PciId {
    std::uint16_t vendor{};
    std::uint16_t device{};
    auto operator<=>(const PciId&) const = default;
};

/// `8086:9a49`
std::string to_string(const PciId& id);

/// Reads `8086:9a49` (four hexadecimal digits each, either case).
std::optional<PciId> parse_pci_id(std::string_view text);

/// `0x8086`: how JSON and .vmx show one id.
std::string hex_id(std::uint16_t id);

}  // namespace gpupass
