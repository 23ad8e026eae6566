#pragma once

#include "hosts/esxi/ssh/vmx.hpp"
#include "model/facts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gpupass::esxi {

/// Facts of a VM that stand in its .vmx: memory, virtual IOMMU, devices and so on. Power only when it is `suspended`
/// (a saved state is named there) and not known to run.
void read_vm_config(const VmxDocument& document, Vm& vm);

/// The settings gpupass may touch, by their canonical spelling. A value that is not UTF-8 counts as unreadable.
void add_vm_settings(const VmxDocument& document, std::string_view vm_name, Settings& settings);
/// The same keys, all of them unreadable.
void add_unknown_vm_settings(std::string_view vm_name, Settings& settings);

/// The one spelling gpupass uses of a key it may touch ("sched.mem.minSize", "pciPassthru0.id"); nullopt for others.
std::optional<std::string> canonical_key(std::string_view key);

/// Number of snapshots in a .vmsd; an empty file has none.
Result<int> parse_snapshots(std::string_view text);

}  // namespace gpupass::esxi
