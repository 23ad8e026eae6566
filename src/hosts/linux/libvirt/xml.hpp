#pragma once

#include "model/pci.hpp"
#include "model/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

// libvirt's XML as this folder's sources read it. Callers include pugixml.hpp themselves.

namespace gpupass::linux_host {

/// Reads foreign text and returns its <domain>, which lives as long as `document`. Refused: more than 4 MiB, elements 64
/// deep, what is not UTF-8, another root. A document type is refused too, so there are no entities to expand.
Result<pugi::xml_node> load_domain(std::string_view xml, pugi::xml_document& document);

/// The name without its namespace: `qemu:arg` is `arg`. `name` must stay.
std::string_view local_name(std::string_view name);

/// Without blanks and line ends around it.
std::string_view trimmed(std::string_view text);
std::string lower(std::string_view text);

/// The PCI address in the attributes of `element`; numbers as libvirt takes them (0x1f, 31, 037). nullopt when one of them
/// is no such number, when all are missing or 0, or when the segment has more than 16 bits.
std::optional<PciAddress> read_pci_address(const pugi::xml_node& element);
/// Sets the four attributes.
void write_pci_address(pugi::xml_node& element, const PciAddress& address);

/// The element on one line, attributes in single quotes, without comments.
std::string element_text(const pugi::xml_node& element);

}  // namespace gpupass::linux_host
