#include "model/pci.hpp"

#include <fmt/format.h>

#include <charconv>

namespace gpupass {

namespace {

/// Exactly `digits` hexadecimal digits at the front of `text`, taken off it.
std::optional<unsigned> take_hex(std::string_view& text, std::size_t digits)
{
    if (text.size() < digits)
        return std::nullopt;
    unsigned value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value, 16);
    if (error != std::errc{} || end != text.data() + digits)
        return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char expected)
{
    if (!text.starts_with(expected))
        return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::string to_string(const PciAddress& address)
{
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", address.segment, address.bus, address.slot, address.function);
}

std::optional<PciAddress> parse_pci_address(std::string_view text)
{
    unsigned segment = 0;
    if (text.size() == 12) {
        const auto value = take_hex(text, 4);
        if (!value || !take(text, ':'))
            return std::nullopt;
        segment = *value;
    }
    const auto bus = take_hex(text, 2);
    if (!bus || !take(text, ':'))
        return std::nullopt;
    const auto slot = take_hex(text, 2);
    if (!slot || *slot > 0x1f || !take(text, '.'))
        return std::nullopt;
    const auto function = take_hex(text, 1);
    if (!function || *function > 7 || !text.empty())
        return std::nullopt;
    return PciAddress{static_cast<std::uint16_t>(segment), static_cast<std::uint8_t>(*bus),
                      static_cast<std::uint8_t>(*slot), static_cast<std::uint8_t>(*function)};
}

std::string to_string(const PciId& id)
{
    return fmt::format("{:04x}:{:04x}", id.vendor, id.device);
}

std::optional<PciId> parse_pci_id(std::string_view text)
{
    const auto vendor = take_hex(text, 4);
    if (!vendor || !take(text, ':'))
        return std::nullopt;
    const auto device = take_hex(text, 4);
    if (!device || !text.empty())
        return std::nullopt;
    return PciId{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*device)};
}

std::string hex_id(std::uint16_t id)
{
    return fmt::format("0x{:04x}", id);
}

}  // namespace gpupass
