#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"

#include <functional>
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
/// interface that has it. Where that is no function's own (a bridge, a bond, none for IPv4), every interface may be the way.
void mark_vital(std::vector<PciDevice>& devices, std::span<const std::pair<PciAddress, std::string>> interfaces, std::string_view default_route);

/// A process that has a device file open.
struct OpenFile {
    std::string pid;
    std::string name;  // of the process
    std::string path;
};
/// Reads the answer of a FindOpen query.
std::vector<OpenFile> parse_open_files(std::string_view text);
/// "Xorg (812)", printable.
std::string holder_text(const OpenFile& file);

/// Fills in the device files of NVIDIA's driver, from the answer of ReadEach{"/proc/driver/nvidia/gpus", {"information"}}.
void add_nvidia_nodes(std::vector<PciDevice>& devices, std::string_view text);
/// Fills in who has a function's device files open. `lasts`: whether the process stays when the desktop ends.
void add_holders(std::vector<PciDevice>& devices, std::span<const OpenFile> files, const std::function<bool(const OpenFile&)>& lasts);

/// Network interfaces by their PCI function, from the same answer.
std::vector<std::pair<PciAddress, std::string>> network_interfaces(std::string_view text);

/// The interface of the default route in /proc/net/route; "" when there is none.
std::string default_route(std::string_view proc_net_route);

}  // namespace gpupass::linux_host
