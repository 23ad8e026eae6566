#pragma once

#include "hosts/esxi/ssh/esxcli.hpp"
#include "hosts/esxi/ssh/probe.hpp"
#include "hosts/esxi/ssh/ssh_host.hpp"
#include "hosts/esxi/ssh/vm_list.hpp"
#include "hosts/host.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// One function a kind of change. Each is idempotent, and each looks at the host afresh before it acts: the facts it is
// given may be minutes old.

namespace gpupass::esxi {

/// What every step has at hand.
struct Hands {
    Machine& machine;
    const HostFacts& facts;
    RunContext& context;
    const HostTimes& times;
    std::int64_t& began;  // host clock when VMs were last started; what logs say before is of no interest
    std::chrono::milliseconds next_wait{100};  // of wait_a_bit(): grows to times.poll
};

Result<void> prove_access(Hands& hands);
Result<void> stop_vms(Hands& hands, const StopVms& change);
Result<void> start_vms(Hands& hands, const StartVms& change);
Result<void> set_kernel_option(Hands& hands, const SetKernelOption& change);
Result<void> set_owner(Hands& hands, const SetOwner& change);
Result<void> reboot_host(Hands& hands);
Result<void> edit_vm(Hands& hands, const EditVm& change);

/// Causes of the VMs' failure to start, from their newest task, their vmware.log and the kernel's log since `began` (0:
/// all that is there), best first. A text that names no cause is not among them.
std::vector<Finding> explain_start(Machine& machine, const HostFacts& facts, const std::vector<const Vm*>& vms, std::int64_t began,
                                   Deadline deadline);

// Tools of the steps.

/// Sleeps: a moment at first, for what is quick, then up to times.poll; an error when the person wants to leave.
Result<void> wait_a_bit(Hands& hands, std::string_view note);
/// Output of an answer; an error that names the command when it failed.
Result<std::string> output_of(const Query& query, const Answer& answer);
/// Asks the batch; queries whose answers show that hostd was not ready are asked again until times.ready is over.
Result<std::vector<Answer>> ask_patiently(Hands& hands, const std::vector<Query>& queries);

/// VMs of the host as they are now.
struct Inventory {
    VmList list;
    std::vector<VmProcess> running;
    Volumes volumes;
    std::optional<std::int64_t> time;  // host clock
    bool runs(const Vm& vm) const;
};
Result<Inventory> read_inventory(Hands& hands);
Result<std::vector<VmProcess>> read_running(Hands& hands);
/// The VMs of these names. An error when one is not in the facts, or when its id now stands for another file.
Result<std::vector<const Vm*>> find_vms(const Hands& hands, const Inventory& inventory, const std::vector<std::string>& names);

/// The end of the kernel's log, and of vmware.log of each VM that has a device of the host.
HostLogs host_logs(Machine& machine, const HostFacts& facts, Deadline deadline);

}  // namespace gpupass::esxi
