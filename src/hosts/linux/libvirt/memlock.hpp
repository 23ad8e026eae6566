#pragma once

#include "hosts/linux/libvirt/domain_xml.hpp"
#include "hosts/linux/libvirt/version.hpp"
#include "model/plan.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gpupass::linux_host {

/// How much memory QEMU must be allowed to lock once VFIO serves the domain's devices, and what speaks against it.
struct LockedMemory {
    int devices{};             // served by VFIO, those that will be added included
    std::int64_t needed_mb{};  // 0 without such devices
    std::vector<Blocker> blockers;
    std::vector<Warning> warnings;
};

/// `added` devices come to those of the domain (negative: go). libvirt nullopt: version not known.
LockedMemory locked_memory(const DomainXml& domain, int added, std::optional<Version> libvirt);

}  // namespace gpupass::linux_host
