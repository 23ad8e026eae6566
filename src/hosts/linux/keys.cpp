#include "hosts/linux/keys.hpp"

namespace gpupass::linux_host {

std::optional<std::string> behind(std::string_view key, std::string_view prefix)
{
    return key.starts_with(prefix) ? std::optional{std::string{key.substr(prefix.size())}} : std::nullopt;
}

std::optional<PciAddress> address_in(std::string_view key, std::string_view what)
{
    constexpr std::size_t prefix = std::string_view{"pci."}.size();
    const std::size_t suffix = what.size() + 1;
    if (!key.starts_with("pci.") || key.size() < prefix + suffix || !key.ends_with(what) || key[key.size() - suffix] != '.')
        return std::nullopt;
    return parse_pci_address(key.substr(prefix, key.size() - prefix - suffix));
}

std::optional<PciAddress> hostdev_address(const VmKey& key)
{
    const auto address = behind(key.key, "hostdev.");
    return address ? parse_pci_address(*address) : std::nullopt;
}

}  // namespace gpupass::linux_host
