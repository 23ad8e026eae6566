#pragma once

#include "model/result.hpp"

#include <string>
#include <string_view>

namespace pugi {
class xml_document;
}

// Foreign XML: libvirt's and vSphere's. Callers include pugixml.hpp themselves.

namespace gpupass {

/// What is allowed of it, and how it is called in errors.
struct XmlBounds {
    std::string what;        // "the domain XML"
    std::size_t most_bytes;
    int deepest;             // elements within elements
    std::string next;        // what a person can do when it is not as it should be
};

/// Reads foreign text. Refused: what is larger or deeper than the bounds, and what is not UTF-8. A document type is refused
/// too, so there are no entities to expand.
Result<void> load_xml(std::string_view xml, pugi::xml_document& document, const XmlBounds& bounds);

/// As it stands between tags or single quotes.
std::string escaped(std::string_view text);

}  // namespace gpupass
