#pragma once

#include "hosts/linux/libvirt/domain_xml.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The text of one device of a domain: what `virsh attach-device` and `detach-device` take.

namespace gpupass::linux_host {

/// What the aliases of our devices begin with. libvirt keeps aliases that begin with `ua-` and leaves them alone.
inline constexpr std::string_view our_alias = "ua-gpupass-";
bool is_ours(const Hostdev& device);

/// Aliases of ours that no device of the domain has, `count` different ones: ua-gpupass-0, ua-gpupass-1 ...
std::vector<std::string> free_aliases(const DomainXml& domain, std::size_t count);

/// A PCI function of the host for a VM.
struct PciHostdev {
    PciAddress source;
    bool managed{};
    std::optional<PciAddress> guest_address;  // nullopt: libvirt chooses
    std::string rom_file;                     // absolute; "" for none
    std::optional<bool> rom_bar;              // nullopt: the hypervisor's choice
    std::string alias;                        // "ua-..."
};

/// A mediated device that exists, or that libvirt starts by itself.
struct MdevHostdev {
    std::string uuid;
    std::optional<PciAddress> guest_address;
    bool display{};  // its picture in the VM's own screen
    std::string alias;
};

/// The element on one line. Refused: an alias that libvirt would not keep, a ROM file without an absolute path, a uuid
/// that is none.
Result<std::string> hostdev_xml(const PciHostdev& device);
Result<std::string> hostdev_xml(const MdevHostdev& device);

/// The element that hands the function `source` of the host to the domain: a <hostdev>, or an <interface> for a network
/// function. On one line, complete: libvirt takes it to detach the device, and later to attach it again as it was.
Result<std::string> device_element(std::string_view domain_xml, const PciAddress& source);
/// The same of a mediated device.
Result<std::string> mdev_element(std::string_view domain_xml, std::string_view uuid);

}  // namespace gpupass::linux_host
