#include "transport/redact.hpp"

#include <algorithm>
#include <array>

// A scanner, not a parser: what is no XML passes through it unharmed, and its output comes out of it as it went in.

namespace gpupass {
namespace {

/// Elements whose content goes: what is attached to a secret, what people write, the certificates of a sealed guest.
constexpr std::array<std::string_view, 6> removed_contents{"secret",   "description", "title",
                                                           "metadata", "dhCert",      "session"};

bool ends_name(char c) { return std::string_view{" \t\r\n/>"}.contains(c); }

std::string_view name_of(std::string_view tag)
{
    const auto end = std::ranges::find_if(tag.substr(1), ends_name);
    return tag.substr(1, static_cast<std::size_t>(end - tag.begin()) - 1);
}

/// `text` begins with '<'. The size of the tag or comment, to its '>'.
std::size_t size_of_tag(std::string_view text)
{
    if (text.starts_with("<!--"))
        return std::min(text.find("-->"), text.size() - 3) + 3;
    char quote = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quote == 0 && text[i] == '>')
            return i + 1;
        if (text[i] == '\'' || text[i] == '"')
            quote = quote == 0 ? text[i] : quote == text[i] ? '\0' : quote;
    }
    return text.size();
}

bool is_secret(std::string_view element, std::string_view attribute, std::string_view value)
{
    if (attribute == "passwd" || (element == "qemu:env" && attribute == "value"))
        return true;
    if (element == "secret")
        return attribute == "uuid" || attribute == "usage";
    return element == "qemu:arg" && (value.contains("secret") || value.contains("password"));
}

std::string hidden(std::string_view element, std::string_view attribute, std::string_view value)
{
    if (element == "mac" && attribute == "address")
        return hide_mac(std::string{value});
    return std::string{!value.empty() && is_secret(element, attribute, value) ? removed : value};
}

std::string hide_attributes(std::string_view tag)
{
    const auto element = name_of(tag);
    std::string out;
    while (true) {
        const auto quote = tag.find_first_of("'\"");
        if (quote == tag.npos)
            return out += tag;
        const auto before = tag.substr(0, quote);
        const auto attribute =
            before.ends_with('=') ? before.substr(before.find_last_of(" \t\r\n") + 1) : std::string_view{};
        const auto end = std::min(tag.find(tag[quote], quote + 1), tag.size());
        out += tag.substr(0, quote + 1);
        out += hidden(element, attribute.substr(0, attribute.find('=')), tag.substr(quote + 1, end - quote - 1));
        tag.remove_prefix(end);
        out += tag.substr(0, 1);
        tag.remove_prefix(std::min<std::size_t>(1, tag.size()));
    }
}

}  // namespace

std::string hide_xml_secrets(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const auto begin = std::min(text.find('<'), text.size());
        out += text.substr(0, begin);
        text.remove_prefix(begin);
        if (text.empty())
            break;
        const auto tag = text.substr(0, size_of_tag(text));
        out += tag.starts_with("<!--") ? std::string{tag} : hide_attributes(tag);
        text.remove_prefix(tag.size());
        if (tag.ends_with("/>") || std::ranges::find(removed_contents, name_of(tag)) == removed_contents.end())
            continue;
        const auto end = std::min(text.find("</" + std::string{name_of(tag)}), text.size());
        out += end > 0 ? removed : "";
        text.remove_prefix(end);
    }
    return out;
}

}  // namespace gpupass
