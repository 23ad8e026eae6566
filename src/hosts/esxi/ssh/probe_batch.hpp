#pragma once

#include "transport/machine.hpp"

#include <cstddef>
#include <vector>

namespace gpupass::esxi {

/// Places of the answers in the first batch.
enum class Asked : std::size_t {
    version, platform, uptime, time, uuid, maintenance, vga, pci, pcipassthru, shell_timeout, switches, processes, vms,
    licence, autostart_sequence, autostart_defaults, summary, ssh_service, bootbank, passthru_map, reboot_mark,
    count
};

/// The first batch, in that order.
std::vector<Query> fixed_queries();

}  // namespace gpupass::esxi
