#pragma once

#include "host.hpp"
#include "shell.hpp"

// The Debian guest behind the guest port: a file system with the sysfs files a client looks at, and the few programs
// that speak of the GPU.

namespace gpupass::sim {

ShellMachine guest_machine(Host& host);

/// Whether the guest answers on its own port now.
bool guest_answers(const Host& host);

}  // namespace gpupass::sim
