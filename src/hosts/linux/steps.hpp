#pragma once

#include "hosts/host.hpp"
#include "hosts/linux/linux_host.hpp"

#include <string>

// One function a kind of change. Each is idempotent, and looks at the host afresh where minutes may have passed.

namespace gpupass::linux_host {

/// What every step has at hand.
struct Hands {
    Machine& machine;
    const HostFacts& facts;
    RunContext& context;
    const HostTimes& times;
};

/// All functions, or after a failure none: those that had changed get their driver back.
Result<void> bind_drivers(Hands& hands, const BindDrivers& change);
/// `sets`: the step's settings; the value of each device's is how it is added.
Result<void> change_hostdevs(Hands& hands, const ChangeHostdevs& change, const std::vector<Want>& sets);
Result<void> stop_vms(Hands& hands, const StopVms& change);
Result<void> start_vms(Hands& hands, const StartVms& change);
Result<void> set_service(Hands& hands, const SetService& change);
Result<void> set_console(Hands& hands, const SetConsole& change);
Result<void> change_files(Hands& hands, const ChangeFiles& change);
/// Commands that have to end well, with the time that making a boot configuration takes.
Result<void> run_all(Hands& hands, const std::vector<std::vector<std::string>>& commands);
/// A host over SSH. This computer cannot wait for its own return: the error says how to go on.
Result<void> reboot_host(Hands& hands, const RebootHost& change);

// Tools of the steps.

/// Sleeps times.poll; an error when the person wants to leave.
Result<void> wait_a_bit(Hands& hands, std::string_view note);
/// Asks one query; an error that names it when it did not end well.
Result<std::string> ask_well(Hands& hands, const Query& query);
/// What went wrong, in words: the machine's own, or the exit code; "" when nothing did.
std::string trouble_of(const Answer& answer);

}  // namespace gpupass::linux_host
