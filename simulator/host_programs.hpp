#pragma once

#include "host.hpp"
#include "shell.hpp"

#include <functional>

// The programs of ESXi beside busybox, and the machine that a shell on the host sees.

namespace gpupass::sim {

/// `count`: called with the name of each esxcli, vim-cmd and reboot.
ShellMachine host_machine(Host& host, std::function<void(const std::string&)> count);

}  // namespace gpupass::sim
