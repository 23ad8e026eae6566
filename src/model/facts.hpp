#pragma once

#include "model/finding.hpp"
#include "model/loader.hpp"
#include "model/pci.hpp"
#include "model/plan.hpp"
#include "model/setting.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Plain data about one host at one moment. "Not known" is nullopt, and blocks only what depends on it.

namespace gpupass {

/// Of one GPU: not configured, configured but waiting for a reboot or restart, in effect.
enum class PassthroughState { disabled, pending, active };
std::string to_string(PassthroughState state);

struct PciDevice {
    PciAddress address;
    PciId id;
    PciId subsystem;
    std::uint16_t class_code{};  // base class and subclass: 0x0300 = VGA compatible controller
    std::string vendor_name;
    std::string device_name;
    std::string driver;                     // module that serves it; "" when none
    std::string configured_owner;           // "host" or "passthrough"; "" when unknown
    std::string current_owner;              // likewise
    std::optional<bool> passthrough_capable;
    std::string reset_method;               // in the host's words; "" when unknown
    std::string vital;                      // why the host cannot do without it: "uplink vmnic0"; "" when it can
    std::vector<PciAddress> group;          // other functions that must go along; empty when it stands alone
    std::optional<int> iommu_group;         // Linux: number of its IOMMU group; nullopt: the kernel made none, or unknown
    std::string driver_override;            // Linux: the only driver that may bind; "" when any may
    bool boot_vga{};                        // Linux: the firmware's screen
    std::optional<bool> can_reset;          // Linux: the kernel knows a way to reset it
    std::optional<PciAddress> physical_function;  // of a virtual function
    std::optional<int> virtual_functions;   // how many are made now; nullopt: no SR-IOV
    std::optional<int> most_virtual_functions;  // that its driver can make now; nullopt: it can make none, or none is known
    std::vector<std::string> mdev_types;    // mediated devices that its driver can make: "i915-GVTg_V5_4"
    std::vector<std::string> nodes;         // device files of its driver: /dev/dri/card0
    std::vector<std::string> holders;       // processes that have one of them open: "Xorg (812)"
    std::vector<std::string> lasting_holders;  // those of them that do not end with the desktop
    bool answered{true};                    // Linux: false: it is there, and nothing of it could be read
    bool is_bridge() const { return (class_code >> 8) == 0x06; }
    bool is_display() const { return (class_code >> 8) == 0x03; }
    bool operator==(const PciDevice&) const = default;
};

/// configured owner and current owner to a state: passthrough+passthrough = active, equal to host = disabled,
/// anything between = pending.
PassthroughState state_of(const PciDevice& device);

enum class Power { on, off, suspended, unknown };
std::string to_string(Power power);

/// Who takes a running VM off a host that enters maintenance mode: nobody; DRS, to another host; the cluster, whose own agent it is and who
/// alone starts and stops it.
enum class Mover { nobody, drs, cluster };
std::string to_string(Mover mover);

/// A host PCI function in a VM's configuration.
struct VmDevice {
    int index{};                         // N of pciPassthruN
    std::optional<PciAddress> address;   // nullopt: the text of the id is not an address
    std::string id_text;                 // as written
    std::optional<PciId> id;
    std::string system_id;
    bool present{};
    bool operator==(const VmDevice&) const = default;
};

struct Vm {
    std::string id;           // Vmid on ESXi
    std::string name;
    std::string config_path;  // absolute path of its configuration on the host
    std::string datastore;
    Power power{Power::unknown};
    std::string guest_os;     // the platform's word: debian11-64
    std::optional<std::int64_t> memory_mb;
    std::optional<std::int64_t> memory_reserved_mb;
    std::optional<bool> viommu;
    std::optional<bool> nested_hv;
    std::optional<bool> encrypted;
    std::optional<int> snapshots;
    std::optional<bool> tools_running;     // nullopt also while it is off
    std::optional<std::string> question;   // a question it waits for; nullopt: none
    std::optional<bool> autostart;
    std::vector<VmDevice> devices;
    Mover mover{Mover::nobody};  // vSphere
    bool bound_to_host{};     // vSphere: a device of this host keeps it here
    bool transient{};         // gone when it is off
    bool paused{};            // cannot be asked to stop
    bool saved{};             // off, and a start goes on with the devices of then
    std::vector<Warning> igpu_notes;  // Linux: what it and the processor's own GPU need of each other
    std::string lock_trouble; // Linux: why VFIO could not lock all of its memory; "" when nothing speaks against it
    std::string lock_fix;
    std::string unreadable;                // why its configuration could not be read; "" when it was
    bool is_windows() const;
    bool operator==(const Vm&) const = default;
};

/// What makes us believe that we can get in again after a reboot without the console (rule 4). nullopt: not readable.
struct WayBack {
    std::optional<bool> ssh_starts_with_host;
    std::optional<std::int64_t> shell_timeout_s;  // 0 = SSH is never closed by a timer
    std::optional<bool> boot_volume_on_disk;
    bool by_api{};  // the way in is the management API, which starts with the host: nothing of SSH matters
    bool operator==(const WayBack&) const = default;
};

/// When the host came up. Two probes saw the same boot iff same_boot() says so.
struct Boot {
    std::int64_t uptime_s{};    // counted by the host
    std::int64_t started_at{};  // host clock (Unix seconds) minus uptime
    bool operator==(const Boot&) const = default;
};
/// Uptime never runs backwards within one boot, and the moment of boot moves only by clock corrections (30 s allowed).
bool same_boot(const Boot& before, const Boot& now);

struct HostFacts {
    std::string kind;     // "esxi"
    std::string name;
    std::string version;  // "7.0.3"
    std::string build;
    std::string uuid;     // identity of the host, the same under every name it is reached by
    std::string system_id;  // ESXi: the host as a VM's passthrough device names it; "" when only the host can fill it in
    std::string model;    // "NUC11PAKi5"
    std::string licence;  // "free", "evaluation", "licensed"; "" when unknown
    std::optional<bool> iommu;
    std::optional<bool> iommu_in_firmware;    // Linux: there is a DMAR or IVRS table
    bool is_amd{};                            // Linux: that table is AMD's, IVRS
    std::optional<bool> is_administrator;     // Linux: we may change things there
    std::optional<bool> interrupt_remapping;  // Linux
    std::optional<KernelLine> kernel_line;    // Linux
    std::string vm_manager;                   // Linux: why libvirt could not be asked; "" when it was
    std::optional<PciAddress> console_gpu;  // the GPU the host's own screen uses now
    std::optional<bool> maintenance;
    std::optional<bool> lockdown;
    std::optional<bool> autostart_enabled;
    std::optional<std::int64_t> memory_mb;
    std::optional<std::int64_t> memory_reservable_mb;  // what VMs can still reserve
    std::optional<Boot> boot;
    bool reboot_asked_for{};  // by a run of ours, in this boot: the host may go down at any moment
    WayBack way_back;
    bool inside_desktop{};    // gpupass runs in a session that ends when the host's display manager stops
    bool inside_this_host{};  // gpupass runs in a VM of this host
    std::vector<PciDevice> pci;
    std::vector<Vm> vms;
    Settings settings;
    std::vector<Finding> findings;          // what the probe itself found wrong
    std::vector<std::string> unknown;       // what could not be read, and why: one line each
    bool operator==(const HostFacts&) const = default;
};

const PciDevice* find_device(const HostFacts& facts, const PciAddress& address);
/// By exact name, or by id when no name fits. Pointer into facts; null when none or when two VMs share the name.
const Vm* find_vm(const HostFacts& facts, std::string_view name_or_id);
/// Display controllers, in the order of their addresses.
std::vector<const PciDevice*> gpus(const HostFacts& facts);

}  // namespace gpupass
