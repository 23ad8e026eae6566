#pragma once

#include "hosts/linux/boot/iomem.hpp"
#include "model/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

// What draws on the host's screen: text consoles through the framebuffer of a GPU's driver, or through the firmware's.

namespace gpupass::linux_host {

/// Fills in the GPU that the console draws through, and a setting `console.vtconN` for each console on a framebuffer.
/// Answers of ReadEach{"/sys/class/graphics", {"device"}} and of ReadEach{"/sys/class/vtconsole", {"name", "bind"}}.
void add_consoles(HostFacts& facts, std::string_view framebuffers, std::string_view vtconsoles);

/// Where a framebuffer of the firmware is, once a driver without a GPU's knowledge draws on it.
std::vector<std::string> firmware_framebuffer_devices();
/// It lies in a GPU's memory: while it is there, VFIO does not get that memory. (vfio-pci drives it out by itself, for VGA controllers
/// only.) `pci`: the answer for /sys/bus/pci/devices; `devices`: that for firmware_framebuffer_devices(). The functions must be known.
void add_firmware_framebuffers(HostFacts& facts, const boot::Iomem& iomem, std::string_view pci, std::string_view devices);

}  // namespace gpupass::linux_host
