#include "hosts/linux/libvirt/device_xml.hpp"
#include "hosts/linux/libvirt/domain_xml.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// A domain of libvirt: read, and every device of the host in it found by its place. The element that was found says of the
// device what the whole domain said, so that it brings the device back as it was.

namespace {

using namespace gpupass;
using namespace gpupass::linux_host;

DomainXml alone(const std::string& element)
{
    const auto domain = parse_domain(
        "<domain type='kvm'><name>a</name><uuid>b</uuid><memory>1</memory><os><type>hvm</type></os><devices>" +
        element + "</devices></domain>");
    if (!domain || domain->hostdevs.size() + domain->nics.size() != 1)
        std::abort();
    return *domain;
}

/// What stands for `source`: the first device or network function that has it.
void check_place(std::string_view xml, const DomainXml& domain, const PciAddress& source)
{
    const auto element = device_element(xml, source);
    if (!element)
        std::abort();
    const DomainXml found = alone(*element);
    const auto device = std::ranges::find(domain.hostdevs, source, &Hostdev::source);
    const auto nic = std::ranges::find(domain.nics, source, &HostdevNic::source);
    const bool is_device = device != domain.hostdevs.end() && !found.hostdevs.empty() && found.hostdevs[0] == *device;
    const bool is_nic = nic != domain.nics.end() && !found.nics.empty() && found.nics[0] == *nic;
    if (!is_device && !is_nic)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view xml{reinterpret_cast<const char*>(data), size};
    const auto domain = parse_domain(xml);
    if (!domain)
        return 0;
    for (const Hostdev& device : domain->hostdevs)
        if (device.source)
            check_place(xml, *domain, *device.source);
        else if (!device.uuid.empty() && !mdev_element(xml, device.uuid))
            std::abort();
    for (const HostdevNic& nic : domain->nics)
        if (nic.source)
            check_place(xml, *domain, *nic.source);
    const auto aliases = free_aliases(*domain, 1);
    if (std::ranges::find(domain->hostdevs, aliases[0], &Hostdev::alias) != domain->hostdevs.end())
        std::abort();
    return 0;
}
