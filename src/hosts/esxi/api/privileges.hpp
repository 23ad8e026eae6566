#pragma once

#include "hosts/esxi/api/session.hpp"

#include <span>
#include <string>
#include <vector>

// What the user must be allowed to do. Each is what the API reference names for the methods that the steps call.

namespace gpupass::esxi {

/// On the host: UpdatePassthruConfig, Refresh, UpdateOptions, and reboot with maintenance mode.
inline constexpr const char* host_privileges[] = {"Host.Config.PciPassthru", "Host.Config.Settings", "Host.Config.AdvancedConfig", "Host.Config.Maintenance"};
/// On each VM: devices, memory reservation, flags, on and off.
inline constexpr const char* vm_privileges[] = {"VirtualMachine.Config.AddRemoveDevice", "VirtualMachine.Config.Resource", "VirtualMachine.Config.Settings",
                                                "VirtualMachine.Interact.PowerOn", "VirtualMachine.Interact.PowerOff"};

struct MissingPrivilege {
    Ref object;
    std::string privilege;
    bool operator==(const MissingPrivilege&) const = default;
};

/// Those that the user of this session does not have, of the host's and of the VMs'.
Result<std::vector<MissingPrivilege>> missing_privileges(Session& session, const Ref& host, const std::vector<Ref>& vms, Deadline deadline);

/// Out of an answer to HasPrivilegeOnEntities. Pure.
std::vector<MissingPrivilege> refused_in(const Reply& reply);

}  // namespace gpupass::esxi
