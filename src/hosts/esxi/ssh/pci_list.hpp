#pragma once

#include "hosts/esxi/pci_ties.hpp"
#include "model/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// Records in any order of fields, indented or not. A record begins with a line that is an address and nothing else.
Result<std::vector<PciRecord>> parse_pci_list(std::string_view text);

/// `8086  9a49  d3d0  default` lines of /etc/vmware/passthru.map, wildcards left out: what somebody asked ESXi to do with
/// this very device. Values are "RESET SHARABLE".
std::map<PciId, std::string> parse_passthru_map(std::string_view text);

}  // namespace gpupass::esxi
