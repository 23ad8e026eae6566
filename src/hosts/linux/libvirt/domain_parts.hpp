#pragma once

#include "hosts/linux/libvirt/domain_xml.hpp"

namespace pugi {
class xml_node;
}  // namespace pugi

// The parts of parse_domain(); for this folder only.

namespace gpupass::linux_host {

/// True for a <hostdev> that VFIO serves: not USB, SCSI or a container's.
bool is_vfio_hostdev(const pugi::xml_node& element);
bool is_hostdev_nic(const pugi::xml_node& element);
Hostdev read_hostdev(const pugi::xml_node& element);
HostdevNic read_hostdev_nic(const pugi::xml_node& element);

/// Refused: more devices of the host than any machine has.
Result<void> read_devices(const pugi::xml_node& root, DomainXml& domain);
/// After read_devices(): a word can name a device by its alias.
void read_qemu_words(const pugi::xml_node& root, DomainXml& domain);

}  // namespace gpupass::linux_host
