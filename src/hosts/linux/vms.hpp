#pragma once

#include "model/facts.hpp"
#include "transport/machine.hpp"

namespace gpupass::linux_host {

/// The VMs of libvirt, and their settings; or why there are none (facts.vm_manager).
void add_vms(HostFacts& facts, const Answer& domains);

}  // namespace gpupass::linux_host
