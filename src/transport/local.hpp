#pragma once

#include "transport/machine.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace gpupass {

/// This computer. Paths of the queries about files are below `root` (tests give a temporary folder), libvirt is the one at
/// `libvirt_uri` (tests give its own test driver).
std::unique_ptr<Machine> make_local_machine(const std::filesystem::path& root = "/",
                                            std::string libvirt_uri = "qemu:///system");

}  // namespace gpupass
