#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// One record of `esxcli hardware pci list`.
struct PciRecord {
    PciDevice device;                     // group and vital are left empty
    std::string vmkernel_name;            // vmnic0, vmhba1; "" when it has none
    std::optional<PciAddress> parent;
    std::optional<PciAddress> dependent;  // reset together with this one: itself, or a bridge
};

/// Records in any order of fields, indented or not. A record begins with a line that is an address and nothing else.
Result<std::vector<PciRecord>> parse_pci_list(std::string_view text);

/// Devices with their groups, and with the reason why the host cannot do without them: storage adapters, and NICs that
/// serve a virtual switch (`uplinks`; nullopt: not known, so every NIC with a name counts).
std::vector<PciDevice> devices_of(const std::vector<PciRecord>& records,
                                  const std::optional<std::map<std::string, std::string>>& uplinks);

/// `8086  9a49  d3d0  default` lines of /etc/vmware/passthru.map, wildcards left out: what somebody asked ESXi to do with
/// this very device. Values are "RESET SHARABLE".
std::map<PciId, std::string> parse_passthru_map(std::string_view text);

}  // namespace gpupass::esxi
