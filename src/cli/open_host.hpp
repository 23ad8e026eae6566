#pragma once

#include "cli/surroundings.hpp"

namespace gpupass::cli {

/// From a choice to a host, by the scheme of its URI. Connects at the first question, not here (a simulator is started).
Result<OpenedHost> open_host(const HostChoice& choice, const OpenWish& wish, Surroundings& around);

/// A machine for `linux+ssh://`, with the same ways in as a host has.
Result<std::unique_ptr<Machine>> open_guest(const HostChoice& choice, Surroundings& around);

}  // namespace gpupass::cli
