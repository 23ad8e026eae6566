#include "hosts/linux/udev_rules.hpp"

#include <fmt/format.h>

#include <optional>
#include <sstream>

namespace gpupass::linux_host {

namespace {

constexpr std::string_view head = "# Written by gpupass (attach --persist); `gpupass detach` or `gpupass undo` takes it away.\n"
                                  "# These functions go to vfio-pci at every boot, before a driver of the host can have them.\n";

/// The text between quotes behind `key`.
std::string_view value_of(std::string_view line, std::string_view key)
{
    const auto at = line.find(key);
    const auto begin = at == line.npos ? at : at + key.size();
    const auto end = at == line.npos ? at : line.find('"', begin);
    return end == line.npos ? std::string_view{} : line.substr(begin, end - begin);
}

std::optional<PciAddress> address_in(std::string_view line)
{
    return line.starts_with('#') ? std::nullopt : parse_pci_address(value_of(line, "KERNEL==\""));
}

}  // namespace

std::vector<std::pair<PciAddress, PciId>> parse_rules(std::string_view text)
{
    std::vector<std::pair<PciAddress, PciId>> rules;
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        const auto address = address_in(line);
        const auto vendor = value_of(line, "ATTR{vendor}==\"0x");
        const auto device = value_of(line, "ATTR{device}==\"0x");
        const auto id = parse_pci_id(std::string{vendor} + ":" + std::string{device});
        if (address && id)
            rules.emplace_back(*address, *id);
    }
    return rules;
}

std::string with_rule(const std::string& text, const PciAddress& address, const PciId& id)
{
    const std::string others = without_rule(text, address);
    return (others.empty() ? std::string{head} : others) +
           fmt::format("ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"{}\", ATTR{{vendor}}==\"0x{:04x}\", ATTR{{device}}==\"0x{:04x}\", "
                       "ATTR{{driver_override}}=\"vfio-pci\", RUN{{builtin}}+=\"kmod load vfio-pci\"\n",
                       to_string(address), id.vendor, id.device);
}

std::string without_rule(const std::string& text, const PciAddress& address)
{
    std::string out;
    bool has_any = false;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (address_in(line) == address)
            continue;
        has_any |= !line.empty() && !line.starts_with('#');
        out += line + "\n";
    }
    return has_any ? out : "";
}

}  // namespace gpupass::linux_host
