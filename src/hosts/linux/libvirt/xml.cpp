#include "hosts/linux/libvirt/xml.hpp"

#include "hosts/xml.hpp"
#include "model/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace gpupass::linux_host {

namespace {

constexpr std::size_t most_bytes = 4 * 1024 * 1024;  // libvirt's own are some 10 KiB
constexpr const char* where_from = "read it with `virsh dumpxml --inactive`";

std::optional<unsigned> read_number(std::string_view text, unsigned most)
{
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.starts_with('0')) {
        base = 8;
    }
    unsigned value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || value > most)
        return std::nullopt;
    return value;
}

}  // namespace

Result<pugi::xml_node> load_domain(std::string_view xml, pugi::xml_document& document)
{
    if (auto loaded = load_xml(xml, document, {"the domain XML", most_bytes, 64, where_from}); !loaded)
        return std::unexpected(std::move(loaded.error()));
    const pugi::xml_node root = document.document_element();
    if (std::string_view{root.name()} != "domain")
        return fail(ErrorKind::parse, fmt::format("this is a <{}>, not a <domain>", printable(root.name(), 60)),
                    where_from);
    return root;
}

std::string_view local_name(std::string_view name)
{
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string_view{}
                                           : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::optional<PciAddress> read_pci_address(const pugi::xml_node& element)
{
    const auto part = [&](const char* name, unsigned most) {
        return read_number(element.attribute(name).as_string("0"), most);
    };
    const auto segment = part("domain", 0xffff);
    const auto bus = part("bus", 0xff);
    const auto slot = part("slot", 0x1f);
    const auto function = part("function", 7);
    if (!segment || !bus || !slot || !function || (*segment == 0 && *bus == 0 && *slot == 0))
        return std::nullopt;
    return PciAddress{static_cast<std::uint16_t>(*segment), static_cast<std::uint8_t>(*bus),
                      static_cast<std::uint8_t>(*slot), static_cast<std::uint8_t>(*function)};
}

void write_pci_address(pugi::xml_node& element, const PciAddress& address)
{
    const auto set = [&](const char* name, const std::string& value) {
        element.append_attribute(name).set_value(value.c_str());
    };
    set("domain", fmt::format("0x{:04x}", address.segment));
    set("bus", fmt::format("0x{:02x}", address.bus));
    set("slot", fmt::format("0x{:02x}", address.slot));
    set("function", fmt::format("0x{:x}", address.function));
}

std::string element_text(const pugi::xml_node& element)
{
    std::ostringstream out;
    element.print(out, "", pugi::format_raw | pugi::format_attribute_single_quote, pugi::encoding_utf8);
    return std::move(out).str();
}

}  // namespace gpupass::linux_host
