#pragma once

#include "hosts/host.hpp"

#include <memory>

namespace gpupass::esxi {

/// ESXi as far as its shell lets us: esxcli, vim-cmd and .vmx files over `machine`.
std::unique_ptr<Host> make_ssh_host(std::unique_ptr<Machine> machine);

}  // namespace gpupass::esxi
