#include "hosts/linux/pci.hpp"

#include "hosts/linux/each.hpp"
#include "hosts/linux/keys.hpp"
#include "model/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace gpupass::linux_host {

namespace {

/// `0x8086`, `7`: as the kernel writes numbers.
template <class Number>
std::optional<Number> number(std::string_view text)
{
    int base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
    }
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

PciId id_of(const Entry& entry, std::string_view vendor, std::string_view device)
{
    return {number<std::uint16_t>(entry.text(vendor)).value_or(0), number<std::uint16_t>(entry.text(device)).value_or(0)};
}

std::vector<std::string> nodes_of(const Entry& entry)
{
    std::vector<std::string> nodes;
    for (const auto name : entry.names("drm"))
        if (name.starts_with("card") || name.starts_with("renderD"))
            nodes.push_back("/dev/dri/" + std::string{name});
    return nodes;
}

PciDevice device_of(const Entry& entry, const PciAddress& address)
{
    PciDevice device{.address = address, .id = id_of(entry, "vendor", "device"), .subsystem = id_of(entry, "subsystem_vendor", "subsystem_device")};
    device.class_code = static_cast<std::uint16_t>(number<std::uint32_t>(entry.text("class")).value_or(0) >> 8);
    device.driver = entry.link("driver");
    device.iommu_group = number<int>(entry.link("iommu_group"));
    if (const auto only = entry.text("driver_override"); only != "(null)")
        device.driver_override = only;
    device.boot_vga = entry.text("boot_vga") == "1";
    device.reset_method = entry.text("reset_method");
    device.can_reset = !device.reset_method.empty();
    device.physical_function = parse_pci_address(entry.link("physfn"));
    device.virtual_functions = number<int>(entry.text("sriov_numvfs"));
    device.nodes = nodes_of(entry);
    device.current_owner = device.driver == vfio_driver ? "passthrough" : "host";
    device.configured_owner = device.current_owner;
    return device;
}

void fill_groups(std::vector<PciDevice>& devices)
{
    std::map<int, std::vector<PciAddress>> groups;
    for (const PciDevice& device : devices)
        if (device.iommu_group)
            groups[*device.iommu_group].push_back(device.address);
    for (PciDevice& device : devices)
        for (const PciAddress& address : device.iommu_group ? groups[*device.iommu_group] : std::vector<PciAddress>{})
            if (address != device.address)
                device.group.push_back(address);
}

}  // namespace

std::vector<std::string> pci_names()
{
    return {"vendor",       "device",          "subsystem_vendor", "subsystem_device", "class",  "driver", "driver_override",
            "iommu_group", "boot_vga", "reset_method",     "physfn",           "sriov_numvfs", "drm", "net", "resource"};
}

Result<PciFacts> parse_pci(std::string_view text)
{
    const auto entries = parse_each(text);
    if (!entries)
        return std::unexpected(entries.error());
    PciFacts facts;
    for (const Entry& entry : *entries) {
        const auto address = parse_pci_address(entry.name);
        if (address && entry.answered)
            facts.devices.push_back(device_of(entry, *address));
        else
            facts.unknown.push_back(std::string{entry.name} + (address ? ": the device does not answer" : ": not a PCI address"));
    }
    std::ranges::sort(facts.devices, {}, &PciDevice::address);
    fill_groups(facts.devices);
    return facts;
}

std::vector<std::pair<PciAddress, std::string>> network_interfaces(std::string_view text)
{
    std::vector<std::pair<PciAddress, std::string>> out;
    const auto entries = parse_each(text);
    for (const Entry& entry : entries ? *entries : std::vector<Entry>{})
        if (const auto address = parse_pci_address(entry.name))
            for (const auto name : entry.names("net"))
                out.emplace_back(*address, name);
    return out;
}

void mark_vital(std::vector<PciDevice>& devices, std::span<const std::pair<PciAddress, std::string>> interfaces, std::string_view default_route)
{
    for (PciDevice& device : devices) {
        const auto base = device.class_code >> 8;
        const bool in_use = !device.driver.empty() && device.driver != vfio_driver;
        if (base == 0x01 && in_use)
            device.vital = "a storage controller in use (" + device.driver + ")";
        if (device.class_code == 0x0601 || device.class_code == 0x0c05 || device.class_code == 0x0c80)
            device.vital = "part of the chipset";
    }
    for (const auto& [address, name] : interfaces)
        if (name == default_route && !name.empty())
            if (const auto found = std::ranges::find(devices, address, &PciDevice::address); found != devices.end())
                found->vital = "the way to the network (" + name + " has the default route)";
}

void add_holders(std::vector<PciDevice>& devices, std::string_view text)
{
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto first = line.find('\t');
        const auto second = first == line.npos ? first : line.find('\t', first + 1);
        if (second == line.npos)
            continue;
        const auto path = line.substr(second + 1);
        const std::string holder = printable(line.substr(first + 1, second - first - 1), 40) + " (" + printable(line.substr(0, first), 12) + ")";
        for (PciDevice& device : devices) {
            const bool by_driver = (path.starts_with("/dev/nvidia") && device.driver == "nvidia") || (path == "/dev/kfd" && device.driver == "amdgpu");
            const bool holds = by_driver || std::ranges::find(device.nodes, path) != device.nodes.end();
            if (holds && std::ranges::find(device.holders, holder) == device.holders.end())
                device.holders.push_back(holder);
        }
    }
}

std::string default_route(std::string_view text)
{
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto tab = line.find('\t');
        if (tab != line.npos && line.substr(tab + 1).starts_with("00000000\t"))
            return std::string{line.substr(0, tab)};
    }
    return "";
}

}  // namespace gpupass::linux_host
