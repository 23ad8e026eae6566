#pragma once

#include "model/pci.hpp"
#include "model/setting.hpp"

#include <optional>
#include <string>
#include <string_view>

// Settings of a Linux host, beside those of model/setting.hpp. What has no setting for the next boot has the same value
// configured and in effect.
//
//   pci.0000:01:00.0.driver     bochs-drm        the driver that is bound; "" for none
//   pci.0000:01:00.0.id         1234:1111        what is there: nothing changes it, and a goal that names it is for that function alone
//   pci.0000:01:00.0.override   vfio-pci         the only driver that may bind; absent: any
//   pci.0000:01:00.0.owner      host             passthrough: bound to vfio-pci
//   service.gdm.service         active           inactive
//   console.vtcon1              bound            the text console draws through a framebuffer; free: it does not; absent: it is not there
//   console.simple-framebuffer.0  bound          the firmware's framebuffer in a GPU's memory has a driver
//   persist.0000:01:00.0        1234:1111        a rule of ours hands this function to vfio-pci at every boot; absent: none does
//   file.PATH                   its text         a file that a plan may change; absent: there is none
//   cmdline.intel_iommu=on      yes, no          a word of the kernel's command line
//   vm.guest.hostdev.0000:01:00.0   managed      a device in the VM's configuration: ours; another's: its XML element

namespace gpupass::linux_host {

inline constexpr const char* vfio_driver = "vfio-pci";

inline std::string id_key(const PciAddress& device) { return "pci." + to_string(device) + ".id"; }
inline std::string driver_key(const PciAddress& device) { return "pci." + to_string(device) + ".driver"; }
inline std::string override_key(const PciAddress& device) { return "pci." + to_string(device) + ".override"; }
inline std::string service_key(std::string_view unit) { return "service." + std::string{unit}; }
inline std::string console_key(std::string_view name) { return "console." + std::string{name}; }
inline std::string file_key(std::string_view path) { return "file." + std::string{path}; }
inline std::string persist_key(const PciAddress& device) { return "persist." + to_string(device); }
inline std::string word_key(std::string_view word) { return "cmdline." + std::string{word}; }
inline std::string hostdev_key(std::string_view vm, const PciAddress& device) { return vm_key(vm, "hostdev." + to_string(device)); }

/// The rest of a key behind its prefix; nullopt when it has another.
std::optional<std::string> behind(std::string_view key, std::string_view prefix);
/// The address in `pci.ADDRESS.WHAT`; nullopt for other keys.
std::optional<PciAddress> address_in(std::string_view key, std::string_view what);
/// The device in a VM's key `hostdev.ADDRESS`; nullopt for other keys.
std::optional<PciAddress> hostdev_address(const VmKey& key);

/// Without it a kernel that was not built to do so by itself leaves Intel's IOMMU off.
inline constexpr const char* iommu_word = "intel_iommu=on";

/// The udev rules that hand functions to vfio-pci at every boot.
inline constexpr const char* rules_path = "/etc/udev/rules.d/10-gpupass.rules";

}  // namespace gpupass::linux_host
