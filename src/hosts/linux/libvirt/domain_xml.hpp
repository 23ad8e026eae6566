#pragma once

#include "model/pci.hpp"
#include "model/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What gpupass needs to know of a libvirt domain: the text of `virsh dumpxml --inactive` as plain data. Passwords (those of
// screens, above all) are not read.

namespace gpupass::linux_host {

enum class Firmware { bios, uefi };
enum class GuestOs { unknown, linux_os, windows };
enum class HostdevType { pci, mdev };

/// A <hostdev> that VFIO serves.
struct Hostdev {
    HostdevType type{};
    bool managed{};  // libvirt binds it to VFIO before, and gives it back after
    std::optional<PciAddress> source;  // of a PCI function; nullopt also when it is none that PciAddress can hold
    std::string uuid;  // of an mdev, lower case
    std::string driver;  // name or model it asks for; "" for libvirt's choice, which is VFIO
    std::optional<PciAddress> guest_address;  // nullopt: libvirt chooses
    std::string rom_file;
    std::optional<bool> rom_bar;  // nullopt: the hypervisor's choice
    std::string alias;  // "ua-..." when a person or gpupass chose it
    bool operator==(const Hostdev&) const = default;
};

/// An <interface type='hostdev'>: a network function, mostly a virtual one, that VFIO serves.
struct HostdevNic {
    std::optional<PciAddress> source;
    std::string mac;
    bool managed{};
    std::string alias;
    bool operator==(const HostdevNic&) const = default;
};

/// What somebody handed to QEMU past libvirt.
struct QemuWords {
    bool commandline{};  // <qemu:commandline> is there
    bool overrides{};  // <qemu:override> is there
    std::vector<std::string> vfio;  // those that concern VFIO: `device.hostdev0.x-igd-opregion=on`
    bool operator==(const QemuWords&) const = default;
};

struct DomainXml {
    std::string name;
    std::string uuid;  // lower case
    std::string type;  // "kvm", "qemu"
    std::string machine;  // "pc-i440fx-7.2", "pc-q35-7.2", "q35"; "" when it is not told
    std::string arch;  // "x86_64"; "" when it is not told
    Firmware firmware{};
    std::string loader;  // path; "" when libvirt chooses
    std::int64_t memory_mb{};  // rounded up
    int vcpus{1};  // at the start
    bool memory_locked{};
    std::optional<std::int64_t> hard_limit_mb;  // memtune, rounded down; nullopt: none
    std::vector<std::string> graphics;  // "vnc", "spice"
    std::vector<std::string> videos;  // "none", "qxl", "virtio"
    std::string viommu;  // "intel"; "" when it has none
    GuestOs guest_os{};
    std::string os_id;  // libosinfo's: "http://debian.org/debian/12"; "" when it is not told
    std::string emulator;  // path
    std::string on_poweroff;  // "destroy"; "" when it is not told
    std::string on_reboot;
    std::string on_crash;
    std::vector<Hostdev> hostdevs;
    std::vector<HostdevNic> nics;
    QemuWords qemu;
    bool operator==(const DomainXml&) const = default;
};

/// Foreign text in; an error names the line, or every element that is missing.
Result<DomainXml> parse_domain(std::string_view xml);

bool is_i440fx(const DomainXml& domain);
/// An emulated graphics card.
bool has_emulated_vga(const DomainXml& domain);

}  // namespace gpupass::linux_host
