#pragma once

#include "model/pci.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gpupass::linux_host {

/// What libvirt calls a PCI function of the host: `pci_0000_01_00_0`.
std::string nodedev_name(const PciAddress& address);

/// Reads what nodedev_name() makes, in that very form. nullopt for other devices, and for the segments above ffff that
/// Intel's VMD makes.
std::optional<PciAddress> parse_nodedev_name(std::string_view name);

}  // namespace gpupass::linux_host
