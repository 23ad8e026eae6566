#pragma once

#include "model/facts.hpp"

#include <optional>
#include <string>
#include <string_view>

// What follows from facts that both wires read.

namespace gpupass::esxi {

/// ESXi has no word for VT-d. Every PC has functions that can be passed through with it, and none without.
void find_iommu(HostFacts& facts);

/// The host's screen is on the first VGA controller, as long as the kernel option vga is TRUE now.
void find_console(HostFacts& facts);

/// An estimate: what ESXi itself and the VMs' overhead need is not printed anywhere as one number.
void estimate_reservable_memory(HostFacts& facts);

/// Settings are keyed by name: of two VMs with one name, none can be known.
void blank_shared_names(HostFacts& facts);

/// In a .vmx the address is decimal: 0000:1a:00.1 is 00000:026:00.1.
std::string vmx_address(const PciAddress& address);
/// `00000:002:00.0` and `0:2:0.0`: decimal. nullopt when it is no such address.
std::optional<PciAddress> parse_vmx_address(std::string_view text);

/// True when `local_dmi` (product UUID and serial of this computer, one a line) is the VM with that uuid.bios. VMware
/// swaps the bytes of the first three groups in one of the two texts.
bool is_this_computer(std::string_view local_dmi, std::string_view vm_uuid);

}  // namespace gpupass::esxi
