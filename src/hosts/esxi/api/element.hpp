#pragma once

#include "hosts/xml.hpp"

#include <string>
#include <string_view>
#include <vector>

// Text of the XML that we send. vim25 wants the elements of an object in the order of its WSDL, those of its base first: whoever
// writes one keeps it.

namespace gpupass::esxi {

/// Of a managed object: "HostSystem", "host-12".
struct Ref {
    std::string type;
    std::string id;
    auto operator<=>(const Ref&) const = default;
};

/// <name>inside</name>, and with a type (of XML Schema or vim25) where the field may hold several: <name xsi:type="type">.
inline std::string branch(std::string_view name, std::string_view inside, std::string_view type = {})
{
    std::string out{"<"};
    out += name;
    if (!type.empty())
        out.append(" xsi:type=\"").append(type).append("\"");
    out += ">";
    out += inside;
    return out.append("</").append(name).append(">");
}

/// The same around text.
inline std::string leaf(std::string_view name, std::string_view text, std::string_view type = {})
{
    return branch(name, escaped(text), type);
}

inline const char* word(bool value) { return value ? "true" : "false"; }

inline std::string leaf(std::string_view name, const Ref& ref)
{
    return "<" + std::string{name} + " type='" + escaped(ref.type) + "'>" + escaped(ref.id) + "</" + std::string{name} + ">";
}

}  // namespace gpupass::esxi
