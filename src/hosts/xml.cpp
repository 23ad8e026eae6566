#include "hosts/xml.hpp"

#include "model/text.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <algorithm>

namespace gpupass {

namespace {

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const auto ascii = std::ranges::find_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        text.remove_prefix(static_cast<std::size_t>(ascii - text.begin()));
        const std::size_t length = text.empty() ? 0 : utf8_length(text);
        if (length == 0)
            return text.empty();
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
    explicit Inspector(const XmlBounds& allowed) : bounds{allowed} {}

    bool for_each(pugi::xml_node& node) override
    {
        if (depth() >= bounds.deepest)
            wrong = fmt::format("{} is more than {} elements deep", bounds.what, bounds.deepest);
        else if (node.type() == pugi::node_doctype)
            wrong = bounds.what + " has a document type, which no host ever writes";
        else if (!is_sound(node))
            wrong = bounds.what + " has a character that does not exist";
        return wrong.empty();
    }

    const XmlBounds& bounds;
    std::string wrong;
};

}  // namespace

Result<void> load_xml(std::string_view xml, pugi::xml_document& document, const XmlBounds& bounds)
{
    if (xml.size() > bounds.most_bytes)
        return fail(ErrorKind::parse, fmt::format("{} is {} bytes long; {} are allowed", bounds.what, xml.size(), bounds.most_bytes));
    if (xml.contains('\0') || !is_utf8(xml))
        return fail(ErrorKind::parse, bounds.what + " is not UTF-8 text", bounds.next);
    const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
    if (!parsed) {
        const auto offset = std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)), xml.size());
        const auto line = std::ranges::count(xml.substr(0, offset), '\n') + 1;
        return at({.kind = ErrorKind::parse,
                   .what = fmt::format("{} is not well-formed: {}", bounds.what, parsed.description()),
                   .where = {},
                   .next = bounds.next},
                  fmt::format("line {}", line));
    }
    Inspector inspector{bounds};
    document.traverse(inspector);
    if (!inspector.wrong.empty())
        return fail(ErrorKind::parse, inspector.wrong, bounds.next);
    return {};
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

}  // namespace gpupass
