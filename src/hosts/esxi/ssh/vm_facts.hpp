#pragma once

#include "hosts/esxi/ssh/esxcli.hpp"
#include "hosts/esxi/ssh/vim_cmd.hpp"
#include "hosts/esxi/ssh/vm_list.hpp"
#include "model/facts.hpp"
#include "transport/machine.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// What the first batch says about VMs.
struct VmSources {
    VmList list;
    std::optional<std::vector<VmProcess>> running;          // nullopt: not known
    std::optional<std::vector<AutostartEntry>> autostart;  // likewise
};

/// The second batch of a probe: reads the files of all VMs and adds them, and their settings, to the facts.
Result<void> read_vms(Machine& machine, const VmSources& sources, std::string_view local_dmi, HostFacts& facts, Deadline deadline);

}  // namespace gpupass::esxi
