#pragma once

#include "hosts/esxi/api/properties.hpp"
#include "hosts/host.hpp"

#include <chrono>
#include <string>
#include <vector>

// One function a kind of change, as over SSH: each is idempotent, and looks at the host afresh before it acts.

namespace gpupass::esxi {

/// How long the steps wait.
struct ApiTimes {
    std::chrono::milliseconds call{60'000};          // one quick call
    std::chrono::milliseconds task{180'000};         // a reconfiguration, a power-on
    std::chrono::milliseconds shutdown{300'000};     // guests to stop
    std::chrono::milliseconds tools{300'000};        // after the boot of the host, for the tools of guests it started
    std::chrono::milliseconds maintenance{30 * 60'000};  // to enter maintenance mode, with all VMs that DRS moves, or to leave it
    std::chrono::milliseconds reboot{20 * 60'000};   // the host to come back
    std::chrono::milliseconds reboot_look{10'000};   // one look whether it is back
    std::chrono::milliseconds poll{2'000};           // between two looks
};

/// What every step has at hand.
struct ApiHands {
    Session& session;
    const Ref& host;
    const HostFacts& facts;
    RunContext& context;
    const ApiTimes& times;
    std::chrono::milliseconds next_wait{100};  // between two looks at a host that reboots: grows to times.poll
};

/// Managed objects of the host, and what it can do.
struct HostParts {
    Ref options;      // OptionManager of its advanced options
    Ref passthrough;  // HostPciPassthruSystem
    bool is_7{};
};
Result<HostParts> parts_of(Session& session, const Ref& host, Deadline deadline);

/// The configured value of a boot option; nullopt when the host has none of that name.
Result<std::optional<bool>> boot_option(Session& session, const Ref& options, const std::string& name, Deadline deadline);

Result<void> stop_vms(ApiHands& hands, const StopVms& change);
Result<void> start_vms(ApiHands& hands, const StartVms& change);
Result<void> set_kernel_option(ApiHands& hands, const SetKernelOption& change);
Result<void> set_owner(ApiHands& hands, const SetOwner& change);
Result<void> edit_vm(ApiHands& hands, const EditVm& change);
Result<void> set_maintenance(ApiHands& hands, const SetMaintenance& change);
Result<void> reboot_host(ApiHands& hands);

/// An error when the person wants to leave.
std::function<Result<void>()> pulse_of(RunContext& context, std::string note);
/// The VMs of these names, as the facts have them.
Result<std::vector<Ref>> find_vms(const HostFacts& facts, const std::vector<std::string>& names);

}  // namespace gpupass::esxi
