#pragma once

#include <string>

// The files of the three virtual machines of the story.

namespace gpupass::sim {

std::string windows11_vmx(bool is_8);
std::string windows11_vmsd();
std::string debian_vmx(bool is_8);
std::string router_vmx(bool is_8);

}  // namespace gpupass::sim
