#pragma once

#include "model/facts.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

// Which functions hang together, and which of them the host cannot do without.

namespace gpupass::esxi {

/// One function as the host lists it.
struct PciRecord {
    PciDevice device;                     // group and vital are left empty
    std::string vmkernel_name;            // vmnic0, vmhba1; "" when it has none
    std::optional<PciAddress> parent;
    std::optional<PciAddress> dependent;  // reset together with this one: itself, or a bridge
};

/// Devices with their groups, and with the reason why the host cannot do without them: storage adapters, and NICs that
/// serve a virtual switch (`uplinks`; nullopt: not known, so every NIC with a name counts).
std::vector<PciDevice> devices_of(const std::vector<PciRecord>& records,
                                  const std::optional<std::map<std::string, std::string>>& uplinks);

}  // namespace gpupass::esxi
