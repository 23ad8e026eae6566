#pragma once

#include "hosts/host.hpp"

// The rules of ESXi, once, for both wires. Pure functions from facts.

namespace gpupass::esxi {

Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request);
Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request);

/// Steps, blockers and warnings from the facts to the goal. Commands are left empty: the wire fills them in.
Plan plan(const HostFacts& facts, const Goal& goal);

/// The way back by hand, step by step, for a person without gpupass and without the host's screen.
std::string rescue_sheet(const HostFacts& facts, const Plan& plan);

/// Why a step that was applied shows no effect: pending for ever, settings lost at the reboot, or unknown.
Finding explain_no_effect(const Step& step, const HostFacts& facts);

// Steps of a plan, by how they are called in the contract.
namespace step_id {
inline constexpr const char* prove_ssh = "prove-ssh";
inline constexpr const char* stop_guests = "stop-guests";
inline constexpr const char* remove_device = "remove-device";
inline constexpr const char* restore_memory = "restore-memory";
inline constexpr const char* restore_viommu = "restore-viommu";
inline constexpr const char* release_console = "release-console";
inline constexpr const char* restore_console = "restore-console";
inline constexpr const char* enable_passthrough = "enable-passthrough";
inline constexpr const char* disable_passthrough = "disable-passthrough";
inline constexpr const char* reboot_host = "reboot-host";
inline constexpr const char* leave_maintenance = "leave-maintenance";
inline constexpr const char* reserve_memory = "reserve-memory";
inline constexpr const char* viommu_off = "viommu-off";
inline constexpr const char* add_device = "add-device";
inline constexpr const char* start_vm = "start-vm";
inline constexpr const char* start_guests = "start-guests";
}  // namespace step_id

}  // namespace gpupass::esxi
