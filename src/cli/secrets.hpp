#pragma once

#include "cli/surroundings.hpp"

#include <optional>
#include <string>

// What comes from this computer and not from the command line.

namespace gpupass::cli {

/// From the choice's password file (its first line), else from GPUPASS_PASSWORD; nullopt when there is none.
Result<std::optional<std::string>> password_for(const HostChoice& choice, const Surroundings& around);

/// What tells whether this computer is a VM of the host: its DMI identity, as root may read it.
std::string local_dmi();

}  // namespace gpupass::cli
