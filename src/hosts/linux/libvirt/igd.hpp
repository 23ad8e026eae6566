#pragma once

#include "hosts/linux/libvirt/domain_xml.hpp"
#include "hosts/linux/libvirt/version.hpp"
#include "model/pci.hpp"
#include "model/plan.hpp"

#include <optional>
#include <string>
#include <vector>

// How QEMU has to be told of an Intel GPU that is part of the processor. To compute, it needs nothing beyond being there.
// Only who wants a picture needs more, and each word more has its reason.

namespace gpupass::linux_host {

enum class IgdMode {
    none,  // it cannot be done as asked: see the blockers
    plain,  // a PCI device like any other
    upt,  // the same with the OpRegion: a picture once the guest's driver has loaded
    legacy,  // at 00:02.0 of an i440fx machine: a picture from power-on
};
std::string to_string(IgdMode mode);

struct IgdInput {
    PciAddress address;
    PciId id;
    std::optional<Version> qemu;  // nullopt: not known
    std::optional<Version> libvirt;
    bool want_display{};  // on the host's video ports
    std::string rom_file;  // option ROM that a person named; "" for none
    std::string alias;  // of the device in the domain: "ua-gpupass-0"
};

/// One word more than a plain device has.
struct IgdElement {
    std::string text;  // as it stands in the domain
    std::string why;
    std::string source;
    bool operator==(const IgdElement&) const = default;
};

struct IgdPlan {
    IgdMode mode{};
    std::optional<PciAddress> guest_address;  // as in `elements`, for PciHostdev
    std::string rom_file;  // likewise
    std::vector<IgdElement> elements;  // children of the <hostdev>
    std::vector<IgdElement> properties;  // for QEMU past libvirt: `x-igd-opregion=on`
    std::string qemu_element;  // sets the properties, a child of <domain>; "" when there are none
    std::vector<Blocker> blockers;  // then the rest is empty
    std::vector<Warning> warnings;
};

/// The Intel GPU of a processor: at 0000:00:02.0, and not known as a card.
bool is_igpu(const PciAddress& address, const PciId& id);

/// Other GPUs, and virtual functions of an iGPU, are plain devices.
IgdPlan igd_plan(const IgdInput& input, const DomainXml& domain);

}  // namespace gpupass::linux_host
