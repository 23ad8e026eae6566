#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The currency of gpupass. A setting has a key, the value that is configured and the value in effect. Keys:
//
//   kernel.vga                        TRUE | FALSE         ESXi boot option
//   pci.0000:00:02.0.owner            host | passthrough   who owns a PCI function
//   host.maintenance                  TRUE | FALSE         of a host behind a vCenter
//   vm.debian.power                   on | off | suspended
//   vm.debian.vvtd.enable             whatever the VM's configuration says, by its own key
//
// The name of a VM inside a key is written by vm_key(): '.', '%' and control bytes become %XX, so that a key splits
// in one way only.

namespace gpupass {

/// One value, or nullopt for "could not be read".
using Value = std::optional<std::string>;

struct Setting {
    Value configured;  // what the next boot (of host or VM) will use
    Value effective;   // what is so now
    bool operator==(const Setting&) const = default;
};

/// A key that is missing is absent on the host; a key with empty values could not be read.
using Settings = std::map<std::string, Setting, std::less<>>;

/// One setting wanted. nullopt: the key shall be absent. A key that ends in `.*` and is wanted absent stands for all
/// keys with that prefix that no other Want of the same goal names.
struct Want {
    std::string key;
    std::optional<std::string> value;
    bool configured_only{};  // it need not be in effect: so it was before, and undo wants no more than that
    bool operator==(const Want&) const = default;
};

/// True when the setting is configured, and in effect, as wanted; unknown values never hold.
bool holds(const Settings& settings, const Want& want);
/// The same, of the configured value alone.
bool is_configured(const Settings& settings, const Want& want);
/// Wants with every `.*` replaced by the keys that are there.
std::vector<Want> expand(const Settings& settings, const std::vector<Want>& wants);

std::string kernel_key(std::string_view option);
std::string owner_key(std::string_view pci_address);
inline constexpr const char* maintenance_key = "host.maintenance";
/// `vm.NAME.KEY` with NAME escaped.
std::string vm_key(std::string_view vm_name, std::string_view key);

struct VmKey {
    std::string vm;   // unescaped
    std::string key;  // "power", "vvtd.enable" ...
};
/// Splits what vm_key() made; nullopt for other keys.
std::optional<VmKey> split_vm_key(std::string_view key);

}  // namespace gpupass
