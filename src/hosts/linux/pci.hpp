#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::linux_host {

struct PciFacts {
    std::vector<PciDevice> devices;    // by address
    std::vector<std::string> unknown;  // devices that did not answer, and why: one line each
};

/// What is read of every entry of /sys/bus/pci/devices.
std::vector<std::string> pci_names();

/// Reads the answer of ReadEach{"/sys/bus/pci/devices", pci_names()}.
Result<PciFacts> parse_pci(std::string_view text);

/// Fills in why the host needs a function: disks, the way to the network, chipset functions. `default_route`: the network
/// interface that has it; "" when none has.
void mark_vital(std::vector<PciDevice>& devices, std::span<const std::pair<PciAddress, std::string>> interfaces, std::string_view default_route);

/// Fills in which processes have a device file of a function open, from the answer of a FindOpen query: "Xorg (812)". The files of
/// NVIDIA's own driver name no function, and count for each that this driver serves; likewise AMD's /dev/kfd.
void add_holders(std::vector<PciDevice>& devices, std::string_view open_files);

/// Network interfaces by their PCI function, from the same answer.
std::vector<std::pair<PciAddress, std::string>> network_interfaces(std::string_view text);

/// The interface of the default route in /proc/net/route; "" when there is none.
std::string default_route(std::string_view proc_net_route);

}  // namespace gpupass::linux_host
