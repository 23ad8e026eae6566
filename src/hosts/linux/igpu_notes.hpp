#pragma once

#include "hosts/linux/libvirt/domain_xml.hpp"
#include "model/facts.hpp"

#include <vector>

namespace gpupass::linux_host {

/// What a VM and the GPU of an Intel processor need of each other: what speaks against it, and what a picture on the host's own
/// ports would need beyond a device like any other, each word with its reason. Empty for other GPUs.
std::vector<Warning> igpu_notes(const PciDevice& gpu, const DomainXml& domain);

}  // namespace gpupass::linux_host
