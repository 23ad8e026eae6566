#include "hosts/linux/libvirt/domain_xml.hpp"

#include "hosts/linux/libvirt/domain_parts.hpp"
#include "hosts/linux/libvirt/xml.hpp"
#include "model/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace gpupass::linux_host {

namespace {

constexpr std::int64_t mebibyte = 1024 * 1024;

/// Bytes in one of libvirt's units: KiB, k and none are 1024, KB is 1000.
std::optional<std::int64_t> bytes_per(std::string_view unit)
{
    const std::string word = unit.empty() ? "k" : lower(unit);
    if (word == "b" || word == "byte" || word == "bytes")
        return 1;
    const auto exponent = std::string_view{"kmgtpe"}.find(word[0]);
    const std::string_view rest = std::string_view{word}.substr(1);
    if (exponent == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib"))
        return std::nullopt;
    std::int64_t bytes = 1;
    for (std::size_t i = 0; i <= exponent; ++i)
        bytes *= rest == "b" ? 1000 : 1024;
    return bytes;
}

/// Bytes in an element such as <memory unit='GiB'>; nullopt when it holds no size.
std::optional<std::int64_t> read_bytes(const pugi::xml_node& element)
{
    const std::string_view text = trimmed(element.text().get());
    std::int64_t number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto scale = bytes_per(element.attribute("unit").value());
    if (error != std::errc{} || end != text.data() + text.size() || number < 0 || !scale ||
        number > std::numeric_limits<std::int64_t>::max() / *scale)
        return std::nullopt;
    return number * *scale;
}

std::string text_of(const pugi::xml_node& parent, const char* name)
{
    return std::string{trimmed(parent.child(name).text().get())};
}

Result<void> check_parts(const pugi::xml_node& root)
{
    std::vector<std::string> missing;
    if (!root.attribute("type"))
        missing.push_back("the attribute type");
    for (const char* name : {"name", "uuid", "memory"})
        if (text_of(root, name).empty())
            missing.push_back(fmt::format("<{}>", name));
    if (text_of(root.child("os"), "type").empty())
        missing.push_back("<type> in <os>");
    if (missing.empty())
        return {};
    return fail(ErrorKind::parse, fmt::format("the domain XML lacks {}", fmt::join(missing, ", ")),
                "read it with `virsh dumpxml --inactive`");
}

Firmware read_firmware(const pugi::xml_node& os)
{
    const std::string_view automatic = os.attribute("firmware").value();
    if (!automatic.empty())
        return automatic == "efi" ? Firmware::uefi : Firmware::bios;
    const pugi::xml_node loader = os.child("loader");
    const std::string path = lower(loader.text().get());
    constexpr std::array<std::string_view, 4> names{"ovmf", "aavmf", "edk2", "uefi"};
    const bool named = std::ranges::any_of(names, [&](std::string_view name) { return path.contains(name); });
    return std::string_view{loader.attribute("type").value()} == "pflash" || named ? Firmware::uefi : Firmware::bios;
}

std::string read_os_id(const pugi::xml_node& root)
{
    for (const pugi::xml_node& tool : root.child("metadata").children())
        for (const pugi::xml_node& entry : tool.children())
            if (local_name(tool.name()) == "libosinfo" && local_name(entry.name()) == "os")
                return printable(entry.attribute("id").value());
    return {};
}

/// Hyper-V's interfaces are turned on for Windows only.
bool has_hyperv(const pugi::xml_node& root)
{
    const pugi::xml_node hyperv = root.child("features").child("hyperv");
    return std::string_view{hyperv.attribute("mode").value()} == "passthrough" ||
        std::ranges::any_of(hyperv.children(), [](const pugi::xml_node& feature) {
               return std::string_view{feature.attribute("state").value()} == "on";
           });
}

GuestOs guess_guest(const pugi::xml_node& root, std::string_view os_id)
{
    // Names of vendors in libosinfo's ids. Others (FreeBSD, macOS) are neither.
    constexpr std::array<std::string_view, 17> vendors{
        "almalinux",     "alpinelinux",   "altlinux", "archlinux", "centos", "debian",
        "fedoraproject", "gentoo",        "guix",     "linux",     "mageia", "nixos",
        "opensuse",      "oracle.com/ol", "redhat",   "suse.com",  "ubuntu"};
    if (os_id.contains("microsoft.com"))
        return GuestOs::windows;
    if (std::ranges::any_of(vendors, [&](std::string_view vendor) { return os_id.contains(vendor); }))
        return GuestOs::linux_os;
    return os_id.empty() && has_hyperv(root) ? GuestOs::windows : GuestOs::unknown;
}

int read_vcpus(const pugi::xml_node& vcpu)
{
    const int most = vcpu.text().as_int(1);
    return std::clamp(vcpu.attribute("current").as_int(most), 1, 65536);
}

Result<void> read_memory(const pugi::xml_node& root, DomainXml& domain)
{
    const auto bytes = read_bytes(root.child("memory"));
    if (!bytes)
        return fail(ErrorKind::parse,
                    fmt::format("<memory> of the domain is not a size: {}", printable(text_of(root, "memory"), 60)));
    domain.memory_mb = *bytes / mebibyte + (*bytes % mebibyte == 0 ? 0 : 1);
    domain.memory_locked = static_cast<bool>(root.child("memoryBacking").child("locked"));
    if (const pugi::xml_node limit = root.child("memtune").child("hard_limit"))
        if (const auto most = read_bytes(limit))
            domain.hard_limit_mb = *most / mebibyte;
    return {};
}

void read_head(const pugi::xml_node& root, DomainXml& domain)
{
    const pugi::xml_node os = root.child("os");
    domain.name = root.child("name").text().get();
    domain.uuid = lower(text_of(root, "uuid"));
    domain.type = root.attribute("type").value();
    domain.machine = os.child("type").attribute("machine").value();
    domain.arch = os.child("type").attribute("arch").value();
    domain.firmware = read_firmware(os);
    domain.loader = text_of(os, "loader");
    domain.vcpus = read_vcpus(root.child("vcpu"));
    domain.os_id = read_os_id(root);
    domain.guest_os = guess_guest(root, domain.os_id);
    domain.on_poweroff = text_of(root, "on_poweroff");
    domain.on_reboot = text_of(root, "on_reboot");
    domain.on_crash = text_of(root, "on_crash");
}

}  // namespace

Result<DomainXml> parse_domain(std::string_view xml)
{
    pugi::xml_document document;
    const auto root = load_domain(xml, document);
    if (!root)
        return std::unexpected(root.error());
    if (auto good = check_parts(*root); !good)
        return std::unexpected(std::move(good.error()));
    DomainXml domain;
    read_head(*root, domain);
    if (auto good = read_memory(*root, domain); !good)
        return at(std::move(good.error()), "domain " + printable(domain.name));
    if (auto good = read_devices(*root, domain); !good)
        return at(std::move(good.error()), "domain " + printable(domain.name));
    read_qemu_words(*root, domain);
    return domain;
}

bool is_i440fx(const DomainXml& domain)
{
    constexpr std::array<std::string_view, 3> families{"pc-i440fx", "pc-0.",
                                                       "pc-1."};  // the names it had before QEMU 1.4
    return domain.machine == "pc" ||
        std::ranges::any_of(families, [&](std::string_view family) { return domain.machine.starts_with(family); });
}

bool has_emulated_vga(const DomainXml& domain)
{
    return std::ranges::any_of(domain.videos, [](const std::string& video) { return video != "none"; });
}

}  // namespace gpupass::linux_host
