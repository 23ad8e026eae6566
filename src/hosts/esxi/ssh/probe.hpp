#pragma once

#include "hosts/esxi/ssh/esxcli.hpp"
#include "hosts/esxi/ssh/vm_list.hpp"
#include "model/facts.hpp"
#include "transport/machine.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// All facts in two batches: one of what every host has, one of what depends on the names in it (the files of its VMs).
/// The number of vim-cmd calls, a second each, is the same for any number of VMs. For that reason two facts stay open
/// here, tools_running and question: the only documented ways to them cost a call a VM, so they are asked just before
/// VMs are stopped, for those VMs alone and before any is stopped (see vm_power.cpp).
///
/// What cannot be read is listed in facts.unknown. It fails when the machine cannot be reached or is no ESXi.
Result<HostFacts> probe_host(Machine& machine, std::string_view local_dmi, Deadline deadline);

/// Name of a datastore to what its link in /vmfs/volumes says: the name of the volume that VM processes print.
using Volumes = std::map<std::string, std::string>;
Query volume_query(const std::string& datastore);
/// Volume name out of the answer; "" when it cannot be told.
std::string volume_of(const Answer& answer);

/// Is the process the VM with that file? Without the volume's name the rest of the path decides: a VM that may be
/// running counts as running.
bool runs_as(const VmProcess& process, const std::string& datastore, const std::string& config_path, const Volumes& volumes);

/// Why an answer is of no use; "" when it is.
std::string trouble_of(const Answer& answer);

}  // namespace gpupass::esxi
