#pragma once

#include "hosts/esxi/api/properties.hpp"
#include "model/facts.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// Properties of a HostSystem and its VMs to facts. Pure; the settings get the keys that a .vmx has, so that one planner serves
// both wires.

namespace gpupass::esxi {

/// What is read of each host, and of each VM.
PropertySpec host_properties();
PropertySpec vm_properties();

/// `now`: Unix time by the clock of the other side, to tell for how long the host runs. Fails when the host is not connected, or is no host.
Result<HostFacts> host_facts_of(const ObjectContent& host, std::int64_t now);

/// N of the pciPassthruN that a device of a VM is, by its key; `next` for keys that do not tell.
int passthrough_index(const pugi::xml_node& device, int next);

/// Adds the VM and its settings. `local_dmi`: see is_this_computer().
void add_vm(const ObjectContent& vm, std::string_view local_dmi, HostFacts& facts);

/// What follows from all of it, once the VMs are there. `vga`: the configured value of VMkernel.Boot.vga, nullopt when unknown. The
/// API tells no running value: it is taken to be false exactly when the first VGA controller is in effect as passthrough.
void complete_facts(HostFacts& facts, std::optional<bool> vga);

}  // namespace gpupass::esxi
