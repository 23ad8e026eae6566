#include "hosts/linux/pci.hpp"

#include "hosts/linux/boot/lines.hpp"
#include "hosts/linux/each.hpp"
#include "hosts/linux/keys.hpp"
#include "model/text.hpp"

#include <algorithm>
#include <cctype>
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

/// The files in /dev that programs use a function by. Of sound only the control file: the others are named like it.
std::vector<std::string> nodes_of(const Entry& entry)
{
    std::vector<std::string> nodes;
    for (const auto name : entry.names("drm"))
        if (name.starts_with("card") || name.starts_with("renderD"))
            nodes.push_back("/dev/dri/" + std::string{name});
    for (const auto name : entry.names("sound"))
        if (name.starts_with("card"))
            nodes.push_back("/dev/snd/controlC" + std::string{name.substr(4)});
    for (const auto name : entry.names("vfio-dev"))
        nodes.push_back("/dev/vfio/devices/" + std::string{name});
    if (const auto group = entry.link("iommu_group"); entry.link("driver") == vfio_driver && !group.empty())
        nodes.push_back("/dev/vfio/" + std::string{group});
    return nodes;
}

/// pcmC0D3p belongs to controlC0.
bool is_node(std::string_view path, std::string_view node)
{
    constexpr std::string_view control = "/dev/snd/controlC";
    return path == node || (node.starts_with(control) && path.starts_with("/dev/snd/pcmC" + std::string{node.substr(control.size())} + "D"));
}

bool holds(const OpenFile& file, const PciDevice& device)
{
    constexpr std::string_view nvidia = "/dev/nvidia";
    const bool is_numbered = file.path.size() > nvidia.size() && file.path.starts_with(nvidia) && std::isdigit(static_cast<unsigned char>(file.path[nvidia.size()]));
    const bool number_unknown = std::ranges::none_of(device.nodes, [&](const std::string& node) { return node.starts_with(nvidia); });
    return std::ranges::any_of(device.nodes, [&](const std::string& node) { return is_node(file.path, node); }) ||
           (is_numbered && device.driver == "nvidia" && number_unknown) || (file.path == "/dev/kfd" && device.driver == "amdgpu");
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
    device.most_virtual_functions = number<int>(entry.text("sriov_totalvfs"));
    for (const auto type : entry.names("mdev_supported_types"))
        device.mdev_types.emplace_back(type);
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
            "iommu_group", "boot_vga", "reset_method",     "physfn",           "sriov_numvfs", "sriov_totalvfs", "mdev_supported_types", "drm", "sound", "vfio-dev", "net", "resource"};
}

Result<PciFacts> parse_pci(std::string_view text)
{
    const auto entries = parse_each(text);
    if (!entries)
        return std::unexpected(entries.error());
    PciFacts facts;
    for (const Entry& entry : *entries) {
        const auto address = parse_pci_address(entry.name);
        if (address)
            facts.devices.push_back(entry.answered ? device_of(entry, *address) : PciDevice{.address = *address, .answered = false});
        if (!address || !entry.answered)
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
        // On a card of its own such a function is the card's.
        if (device.address.bus == 0 && (device.class_code == 0x0601 || device.class_code == 0x0c05 || device.class_code == 0x0c80))
            device.vital = "part of the chipset";
    }
    const bool is_known = std::ranges::any_of(interfaces, [&](const auto& entry) { return entry.second == default_route; });
    for (const auto& [address, name] : interfaces)
        if (const auto found = std::ranges::find(devices, address, &PciDevice::address); found != devices.end()) {
            if (name == default_route)
                found->vital = "the way to the network (" + name + " has the default route)";
            else if (!is_known && found->vital.empty())
                found->vital = "perhaps the way to the network (" + name + ")";
        }
}

std::vector<OpenFile> parse_open_files(std::string_view text)
{
    std::vector<OpenFile> files;
    while (!text.empty()) {
        const auto line = boot::take_line(text);
        const auto first = line.find('\t');
        const auto second = first == line.npos ? first : line.find('\t', first + 1);
        const bool is_number = first > 0 && first != line.npos && line.substr(0, first).find_first_not_of("0123456789") == line.npos;
        if (second != line.npos && is_number)
            files.push_back({std::string{line.substr(0, first)}, std::string{line.substr(first + 1, second - first - 1)}, std::string{line.substr(second + 1)}});
    }
    return files;
}

std::string holder_text(const OpenFile& file)
{
    return printable(file.name, 40) + " (" + printable(file.pid, 12) + ")";
}

void add_nvidia_nodes(std::vector<PciDevice>& devices, std::string_view text)
{
    constexpr std::string_view minor = "Device Minor:";
    const auto entries = parse_each(text);
    for (const Entry& entry : entries ? *entries : std::vector<Entry>{}) {
        const auto address = parse_pci_address(entry.name);
        const auto found = address ? std::ranges::find(devices, *address, &PciDevice::address) : devices.end();
        const auto at = entry.text("information").find(minor);
        if (found == devices.end() || at == std::string_view::npos)
            continue;
        auto rest = entry.text("information").substr(at + minor.size());
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        if (const auto digits = rest.substr(0, rest.find_first_not_of("0123456789")); !digits.empty())
            found->nodes.push_back("/dev/nvidia" + std::string{digits});
    }
}

void add_holders(std::vector<PciDevice>& devices, std::span<const OpenFile> files, const std::function<bool(const OpenFile&)>& lasts)
{
    const auto add = [](std::vector<std::string>& list, const std::string& holder) {
        if (std::ranges::find(list, holder) == list.end())
            list.push_back(holder);
    };
    for (const OpenFile& file : files)
        for (PciDevice& device : devices)
            if (holds(file, device)) {
                add(device.holders, holder_text(file));
                if (lasts(file))
                    add(device.lasting_holders, holder_text(file));
            }
}

std::string default_route(std::string_view text)
{
    while (!text.empty()) {
        const auto line = boot::take_line(text);
        const auto tab = line.find('\t');
        if (tab != line.npos && line.substr(tab + 1).starts_with("00000000\t"))
            return std::string{line.substr(0, tab)};
    }
    return "";
}

}  // namespace gpupass::linux_host
