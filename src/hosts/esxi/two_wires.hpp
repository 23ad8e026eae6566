#pragma once

#include "hosts/host.hpp"

#include <memory>
#include <string>

namespace gpupass::esxi {

/// A host whose licence may forbid changes through its API. It is read there; when the licence is such a one, everything goes by SSH
/// from then on, and plans say so. `ssh_name` is how that way is called.
std::unique_ptr<Host> make_two_wires(std::unique_ptr<Host> api, std::unique_ptr<Host> ssh, std::string ssh_name);

}  // namespace gpupass::esxi
