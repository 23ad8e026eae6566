#include "hosts/linux/libvirt/memlock.hpp"

#include <fmt/format.h>

#include <algorithm>

// VFIO pins all of the guest's memory. libvirt raises the limit for locked memory to the guest's memory and 1 GiB for what
// the devices map; with a virtual IOMMU every device has a mapping of its own, and each counts. A hard_limit in the domain
// takes the place of that sum.

namespace gpupass::linux_host {

namespace {

constexpr const char* source = "https://libvirt.org/formatdomain.html#memory-tuning";
constexpr std::int64_t for_mmio_mb = 1024;
constexpr Version counts_devices{8, 7, 0};
constexpr std::int64_t most_devices = 1024;

int count_devices(const DomainXml& domain, int added)
{
    const auto present = static_cast<std::int64_t>(domain.hostdevs.size() + domain.nics.size());
    return static_cast<int>(std::clamp<std::int64_t>(present + added, 0, most_devices));
}

/// What is certainly pinned. A size that parse_domain() read, times the devices, is far below what the type holds.
std::int64_t pinned_mb(const DomainXml& domain, int devices)
{
    return domain.memory_mb * (domain.viommu.empty() ? 1 : devices);
}

void check_hard_limit(LockedMemory& out, std::int64_t pinned, std::int64_t limit)
{
    const std::string raise = fmt::format(
        "take <hard_limit> out of <memtune>, so that libvirt counts itself, or raise it to {} MiB", out.needed_mb);
    if (limit < pinned)
        out.blockers.push_back(
            {"hard-limit-too-low",
             fmt::format("the domain's hard_limit is {} MiB, and VFIO must lock {} MiB of the guest's memory", limit,
                         pinned),
             raise});
    else if (limit < out.needed_mb)
        out.warnings.push_back({"hard-limit-is-tight",
                                fmt::format("the domain's hard_limit is {} MiB; libvirt would allow {} MiB, to have "
                                            "room for what the devices map: {}",
                                            limit, out.needed_mb, raise),
                                source});
}

/// libvirt before 8.7 counts the memory once.
void check_viommu(LockedMemory& out, const DomainXml& domain, std::optional<Version> libvirt)
{
    if (domain.viommu.empty() || out.devices < 2 || domain.memory_locked || (libvirt && *libvirt >= counts_devices))
        return;
    out.warnings.push_back({"viommu-locks-more",
                            fmt::format("with its virtual IOMMU the domain locks its memory once for each of {} "
                                        "devices, which libvirt before 8.7 does not count: "
                                        "set a hard_limit of {} MiB if it does not start",
                                        out.devices, out.needed_mb),
                            source});
}

}  // namespace

LockedMemory locked_memory(const DomainXml& domain, int added, std::optional<Version> libvirt)
{
    LockedMemory out{.devices = count_devices(domain, added)};
    if (out.devices == 0)
        return out;
    const std::int64_t pinned = pinned_mb(domain, out.devices);
    out.needed_mb = pinned + for_mmio_mb;
    if (domain.hard_limit_mb)
        check_hard_limit(out, pinned, *domain.hard_limit_mb);
    else
        check_viommu(out, domain, libvirt);
    return out;
}

}  // namespace gpupass::linux_host
