#include "hosts/linux/libvirt/device_xml.hpp"

#include "hosts/linux/libvirt/domain_parts.hpp"
#include "hosts/linux/libvirt/xml.hpp"
#include "model/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace gpupass::linux_host {

namespace {

constexpr std::size_t longest_alias = 64;
constexpr std::size_t longest_path = 4095;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_alias_letter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool is_uuid(std::string_view text)
{
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, form, [](char c, char expected) { return expected == '-' ? c == '-' : is_hex(c); });
}

Result<void> check_alias(std::string_view alias)
{
    if (alias.starts_with("ua-") && alias.size() > 3 && alias.size() <= longest_alias &&
        std::ranges::all_of(alias, is_alias_letter))
        return {};
    return fail(ErrorKind::usage, "not an alias that libvirt keeps: " + printable(alias, 80),
                "begin it with ua-, and use letters, digits, - and _ only");
}

Result<void> check_rom(std::string_view path)
{
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (path.empty() ||
        (path.starts_with('/') && path.size() <= longest_path && std::ranges::none_of(path, is_control)))
        return {};
    return fail(ErrorKind::usage, "not the absolute path of a ROM file: " + printable(path),
                "libvirt reads it on the host: name it from /");
}

void set(pugi::xml_node& element, const char* name, std::string_view value)
{
    element.append_attribute(name).set_value(std::string{value}.c_str());
}

pugi::xml_node begin_hostdev(pugi::xml_document& document, const char* type, bool managed)
{
    pugi::xml_node hostdev = document.append_child("hostdev");
    set(hostdev, "mode", "subsystem");
    set(hostdev, "type", type);
    set(hostdev, "managed", managed ? "yes" : "no");
    return hostdev;
}

void add_rom(pugi::xml_node& hostdev, const PciHostdev& device)
{
    if (device.rom_file.empty() && !device.rom_bar)
        return;
    pugi::xml_node rom = hostdev.append_child("rom");
    if (device.rom_bar)
        set(rom, "bar", *device.rom_bar ? "on" : "off");
    if (!device.rom_file.empty())
        set(rom, "file", device.rom_file);
}

void add_alias_and_address(pugi::xml_node& hostdev, const std::string& alias, const std::optional<PciAddress>& address)
{
    pugi::xml_node name = hostdev.append_child("alias");
    set(name, "name", alias);
    if (!address)
        return;
    pugi::xml_node guest = hostdev.append_child("address");
    set(guest, "type", "pci");
    write_pci_address(guest, *address);
}

/// The first device of the domain that `fits`.
template <class Fits>
Result<std::string> find_element(std::string_view domain_xml, std::string_view what, Fits fits)
{
    pugi::xml_document document;
    const auto root = load_domain(domain_xml, document);
    if (!root)
        return std::unexpected(root.error());
    for (const pugi::xml_node& devices : root->children("devices"))
        for (const pugi::xml_node& device : devices.children())
            if (fits(device))
                return element_text(device);
    return fail(ErrorKind::not_found, fmt::format("the domain has no device that is {} of the host", what));
}

}  // namespace

bool is_ours(const Hostdev& device) { return device.alias.starts_with(our_alias); }

std::vector<std::string> free_aliases(const DomainXml& domain, std::size_t count)
{
    std::set<std::string_view> taken;
    for (const Hostdev& device : domain.hostdevs)
        taken.insert(device.alias);
    for (const HostdevNic& nic : domain.nics)
        taken.insert(nic.alias);
    std::vector<std::string> free;
    for (int number = 0; free.size() < count; ++number)
        if (std::string alias = fmt::format("{}{}", our_alias, number); !taken.contains(alias))
            free.push_back(std::move(alias));
    return free;
}

Result<std::string> hostdev_xml(const PciHostdev& device)
{
    if (auto good = check_alias(device.alias); !good)
        return std::unexpected(std::move(good.error()));
    if (auto good = check_rom(device.rom_file); !good)
        return std::unexpected(std::move(good.error()));
    pugi::xml_document document;
    pugi::xml_node hostdev = begin_hostdev(document, "pci", device.managed);
    pugi::xml_node source = hostdev.append_child("source").append_child("address");
    write_pci_address(source, device.source);
    add_rom(hostdev, device);
    add_alias_and_address(hostdev, device.alias, device.guest_address);
    return element_text(hostdev);
}

Result<std::string> hostdev_xml(const MdevHostdev& device)
{
    if (auto good = check_alias(device.alias); !good)
        return std::unexpected(std::move(good.error()));
    if (!is_uuid(device.uuid))
        return fail(ErrorKind::usage, "not the uuid of a mediated device: " + printable(device.uuid, 80));
    pugi::xml_document document;
    pugi::xml_node hostdev = begin_hostdev(document, "mdev", false);
    set(hostdev, "model", "vfio-pci");
    if (device.display)
        set(hostdev, "display", "on");
    pugi::xml_node source = hostdev.append_child("source").append_child("address");
    set(source, "uuid", device.uuid);
    add_alias_and_address(hostdev, device.alias, device.guest_address);
    return element_text(hostdev);
}

Result<std::string> device_element(std::string_view domain_xml, const PciAddress& source)
{
    return find_element(domain_xml, to_string(source), [&](const pugi::xml_node& device) {
        return (is_vfio_hostdev(device) && read_hostdev(device).source == source) ||
            (is_hostdev_nic(device) && read_hostdev_nic(device).source == source);
    });
}

Result<std::string> mdev_element(std::string_view domain_xml, std::string_view uuid)
{
    const std::string wanted = lower(uuid);
    return find_element(domain_xml, "mdev " + printable(wanted, 80), [&](const pugi::xml_node& device) {
        return !wanted.empty() && is_vfio_hostdev(device) && read_hostdev(device).uuid == wanted;
    });
}

}  // namespace gpupass::linux_host
