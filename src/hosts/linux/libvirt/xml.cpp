#include "hosts/linux/libvirt/xml.hpp"

#include "model/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace gpupass::linux_host {

namespace {

constexpr std::size_t most_bytes = 4 * 1024 * 1024;  // libvirt's own are some 10 KiB
constexpr int deepest = 64;
constexpr const char* where_from = "read it with `virsh dumpxml --inactive`";

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

/// Character references can write what the text itself may not hold: a surrogate is no UTF-8 once it is decoded.
bool is_sound(const pugi::xml_node& node)
{
    return is_utf8(node.name()) && is_utf8(node.value()) &&
        std::ranges::all_of(node.attributes(), [](const pugi::xml_attribute& attribute) {
               return is_utf8(attribute.name()) && is_utf8(attribute.value());
           });
}

/// Stops at what is wrong, and says it.
struct Inspector : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node& node) override
    {
        if (depth() >= deepest)
            wrong = fmt::format("the domain XML is more than {} elements deep", deepest);
        else if (node.type() == pugi::node_doctype)
            wrong = "the domain XML has a document type, which libvirt never writes";
        else if (!is_sound(node))
            wrong = "the domain XML has a character that does not exist";
        return wrong.empty();
    }
    std::string wrong;
};

Result<void> check_text(std::string_view xml)
{
    if (xml.size() > most_bytes)
        return fail(ErrorKind::parse,
                    fmt::format("the domain XML is {} bytes long; {} are allowed", xml.size(), most_bytes));
    if (xml.contains('\0') || !is_utf8(xml))
        return fail(ErrorKind::parse, "the domain XML is not UTF-8 text", where_from);
    return {};
}

Result<void> parse(std::string_view xml, pugi::xml_document& document)
{
    const unsigned flags = pugi::parse_default | pugi::parse_doctype;
    const auto parsed = document.load_buffer(xml.data(), xml.size(), flags, pugi::encoding_utf8);
    if (parsed)
        return {};
    const auto offset = std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)), xml.size());
    const auto line = std::ranges::count(xml.substr(0, offset), '\n') + 1;
    return at({.kind = ErrorKind::parse,
               .what = fmt::format("the domain XML is not well-formed: {}", parsed.description()),
               .where = {},
               .next = where_from},
              fmt::format("line {}", line));
}

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
    if (auto good = check_text(xml); !good)
        return std::unexpected(std::move(good.error()));
    if (auto good = parse(xml, document); !good)
        return std::unexpected(std::move(good.error()));
    Inspector inspector;
    document.traverse(inspector);
    if (!inspector.wrong.empty())
        return fail(ErrorKind::parse, inspector.wrong, where_from);
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

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text)
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '\'': out += "&apos;"; break;
        default: out += c;
        }
    return out;
}

std::string element_text(const pugi::xml_node& element)
{
    std::ostringstream out;
    element.print(out, "", pugi::format_raw | pugi::format_attribute_single_quote, pugi::encoding_utf8);
    return std::move(out).str();
}

}  // namespace gpupass::linux_host
