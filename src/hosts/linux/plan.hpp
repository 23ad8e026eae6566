#pragma once

#include "hosts/host.hpp"

// The rules of a Linux host with VFIO and libvirt: pure functions from facts. Who calls the kernel and libvirt, and how, is
// told in steps.hpp.

namespace gpupass::linux_host {

Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request);
Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request);

/// Steps, blockers and warnings from the facts to the goal, commands for the eyes included.
Plan plan(const HostFacts& facts, const Goal& goal);

/// The way back by hand, for somebody with a root shell and no gpupass.
std::string rescue_sheet(const HostFacts& facts, const Plan& plan);

// Steps of a plan, in the order of an attach.
namespace step_id {
inline constexpr const char* change_kernel_line = "change-kernel-line";
inline constexpr const char* reboot_host = "reboot-host";
inline constexpr const char* stop_display = "stop-display";
inline constexpr const char* start_display = "start-display";
inline constexpr const char* release_console = "release-console";
inline constexpr const char* restore_console = "restore-console";
inline constexpr const char* bind_driver = "bind-driver";
inline constexpr const char* return_driver = "return-driver";
inline constexpr const char* persist_binding = "persist-binding";
inline constexpr const char* forget_binding = "forget-binding";
inline constexpr const char* remove_device = "remove-device";
inline constexpr const char* add_device = "add-device";
}  // namespace step_id

}  // namespace gpupass::linux_host
