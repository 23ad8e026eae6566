#include "hosts/linux/libvirt/domain_parts.hpp"
#include "hosts/linux/libvirt/xml.hpp"
#include "model/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <array>

namespace gpupass::linux_host {

namespace {

constexpr std::string_view qemu_namespace = "http://libvirt.org/schemas/domain/qemu/1.0";
constexpr std::size_t most_words = 64;
constexpr std::size_t most_host_devices = 256;

bool says(const pugi::xml_node& element, const char* attribute, std::string_view value)
{
    return element.attribute(attribute).value() == value;
}

std::optional<PciAddress> pci_source(const pugi::xml_node& element)
{
    return read_pci_address(element.child("source").child("address"));
}

std::optional<PciAddress> guest_address(const pugi::xml_node& element)
{
    const pugi::xml_node address = element.child("address");
    return says(address, "type", "pci") ? read_pci_address(address) : std::nullopt;
}

std::optional<bool> rom_bar(const pugi::xml_node& element)
{
    const pugi::xml_attribute bar = element.child("rom").attribute("bar");
    return bar ? std::optional{std::string_view{bar.value()} == "on"} : std::nullopt;
}

/// Of the <driver>: a variant driver by its model, else the name.
std::string driver_of(const pugi::xml_node& element)
{
    const pugi::xml_node driver = element.child("driver");
    const pugi::xml_attribute model = driver.attribute("model");
    return model ? model.value() : driver.attribute("name").value();
}

/// The prefix a person gave QEMU's namespace, with its colon; libvirt itself writes `qemu:`.
std::string qemu_prefix(const pugi::xml_node& root)
{
    for (const pugi::xml_attribute& attribute : root.attributes())
        if (attribute.value() == qemu_namespace && std::string_view{attribute.name()}.starts_with("xmlns:"))
            return std::string{local_name(attribute.name())} + ":";
    return "qemu:";
}

bool names_vfio_property(std::string_view word)
{
    constexpr std::array<std::string_view, 6> marks{"vfio-pci", "x-igd-", "x-vga", "x-pci-", "romfile", "rombar"};
    return std::ranges::any_of(marks, [&](std::string_view mark) { return word.contains(mark); });
}

bool names_hostdev(const DomainXml& domain, std::string_view alias)
{
    return alias.starts_with("hostdev") ||
        std::ranges::find(domain.hostdevs, alias, &Hostdev::alias) != domain.hostdevs.end();
}

void add_word(DomainXml& domain, std::string_view word)
{
    if (domain.qemu.vfio.size() < most_words)
        domain.qemu.vfio.push_back(printable(word));
}

void read_arguments(const pugi::xml_node& commandline, DomainXml& domain)
{
    for (const pugi::xml_node& argument : commandline.children())
        if (const std::string_view word = argument.attribute("value").value();
            local_name(argument.name()) == "arg" && names_vfio_property(word))
            add_word(domain, word);
}

void read_override(const pugi::xml_node& device, DomainXml& domain)
{
    const std::string alias = device.attribute("alias").value();
    for (const pugi::xml_node& side : device.children())
        for (const pugi::xml_node& property : side.children()) {
            const std::string name = property.attribute("name").value();
            if (names_vfio_property(name) || names_hostdev(domain, alias))
                add_word(domain, alias + "." + name + "=" + property.attribute("value").value());
        }
}

void read_device(const pugi::xml_node& device, DomainXml& domain)
{
    const std::string_view name = device.name();
    if (name == "graphics")
        domain.graphics.push_back(device.attribute("type").value());
    else if (name == "video")
        domain.videos.push_back(device.child("model").attribute("type").value());
    else if (name == "iommu")
        domain.viommu = device.attribute("model").value();
    else if (name == "emulator")
        domain.emulator = trimmed(device.text().get());
    else if (is_vfio_hostdev(device))
        domain.hostdevs.push_back(read_hostdev(device));
    else if (is_hostdev_nic(device))
        domain.nics.push_back(read_hostdev_nic(device));
}

}  // namespace

bool is_vfio_hostdev(const pugi::xml_node& element)
{
    return std::string_view{element.name()} == "hostdev" && says(element, "mode", "subsystem") &&
        (says(element, "type", "pci") || says(element, "type", "mdev"));
}

bool is_hostdev_nic(const pugi::xml_node& element)
{
    return std::string_view{element.name()} == "interface" && says(element, "type", "hostdev");
}

Hostdev read_hostdev(const pugi::xml_node& element)
{
    const bool is_pci = says(element, "type", "pci");
    return {.type = is_pci ? HostdevType::pci : HostdevType::mdev,
            .managed = says(element, "managed", "yes"),
            .source = is_pci ? pci_source(element) : std::nullopt,
            .uuid = is_pci ? "" : lower(element.child("source").child("address").attribute("uuid").value()),
            .driver = driver_of(element),
            .guest_address = guest_address(element),
            .rom_file = element.child("rom").attribute("file").value(),
            .rom_bar = rom_bar(element),
            .alias = element.child("alias").attribute("name").value()};
}

HostdevNic read_hostdev_nic(const pugi::xml_node& element)
{
    return {.source = pci_source(element),
            .mac = lower(element.child("mac").attribute("address").value()),
            .managed = says(element, "managed", "yes"),
            .alias = element.child("alias").attribute("name").value()};
}

Result<void> read_devices(const pugi::xml_node& root, DomainXml& domain)
{
    for (const pugi::xml_node& devices : root.children("devices"))
        for (const pugi::xml_node& device : devices.children())
            read_device(device, domain);
    if (domain.hostdevs.size() + domain.nics.size() > most_host_devices)
        return fail(ErrorKind::parse,
                    fmt::format("the domain XML has more than {} devices of the host", most_host_devices));
    return {};
}

void read_qemu_words(const pugi::xml_node& root, DomainXml& domain)
{
    const std::string prefix = qemu_prefix(root);
    const pugi::xml_node commandline = root.child((prefix + "commandline").c_str());
    const pugi::xml_node overrides = root.child((prefix + "override").c_str());
    domain.qemu.commandline = static_cast<bool>(commandline);
    domain.qemu.overrides = static_cast<bool>(overrides);
    read_arguments(commandline, domain);
    for (const pugi::xml_node& device : overrides.children())
        read_override(device, domain);
}

}  // namespace gpupass::linux_host
