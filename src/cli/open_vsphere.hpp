#pragma once

#include "cli/surroundings.hpp"
#include "hosts/esxi/api/session.hpp"
#include "transport/uri.hpp"

// Hosts behind the vSphere API.

namespace gpupass::cli {

/// The word for this wire in recordings.
inline constexpr const char* vsphere_kind = "vsphere";

/// A host of ESXi, or one behind a vCenter (`uri.inner` says which, where there are several).
Result<OpenedHost> open_vsphere(const HostChoice& choice, const HostUri& uri, const OpenWish& wish, Surroundings& around);

/// The same from a recording.
std::unique_ptr<Host> replayed_vsphere_host(std::unique_ptr<Machine> machine);

/// A session with what is behind the address, not connected yet. `recording`: filled when it is not null.
Result<std::shared_ptr<esxi::Session>> vsphere_session(const HostChoice& choice, const HostUri& uri, bool may_ask, Recording* recording, Surroundings& around);

}  // namespace gpupass::cli
