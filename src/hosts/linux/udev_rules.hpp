#pragma once

#include "model/pci.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Our udev rules (rules_path): each hands one function to vfio-pci at every boot, before a driver of the host can have it. A
// rule names address and id, so that another device that comes to that address keeps its driver.

namespace gpupass::linux_host {

/// The functions that have a rule, in the order of the file.
std::vector<std::pair<PciAddress, PciId>> parse_rules(std::string_view text);

/// The file with the function's rule in it.
std::string with_rule(const std::string& text, const PciAddress& address, const PciId& id);
/// The file without it; "" when none is left.
std::string without_rule(const std::string& text, const PciAddress& address);

}  // namespace gpupass::linux_host
