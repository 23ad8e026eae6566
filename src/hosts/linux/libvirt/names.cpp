#include "hosts/linux/libvirt/names.hpp"

#include <fmt/format.h>

namespace gpupass::linux_host {

std::string nodedev_name(const PciAddress& address)
{
    return fmt::format("pci_{:04x}_{:02x}_{:02x}_{:x}", address.segment, address.bus, address.slot, address.function);
}

std::optional<PciAddress> parse_nodedev_name(std::string_view name)
{
    constexpr std::string_view form = "pci_ssss_bb_dd_f";
    if (name.size() != form.size() || !name.starts_with("pci_"))
        return std::nullopt;
    std::string text{name.substr(4)};  // ssss_bb_dd_f
    if (text[4] != '_' || text[7] != '_' || text[10] != '_')
        return std::nullopt;
    text[4] = text[7] = ':';
    text[10] = '.';
    const auto address = parse_pci_address(text);
    return address && nodedev_name(*address) == name ? address : std::nullopt;
}

}  // namespace gpupass::linux_host
