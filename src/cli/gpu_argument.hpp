#pragma once

#include "model/facts.hpp"
#include "model/result.hpp"

#include <string>
#include <string_view>

namespace gpupass::cli {

/// The GPU that a person means: a PCI address, vendor:device, or `auto` where there is one. Never guesses: 00:02 is
/// no address, and 00:02.0 is never 02:00.0.
Result<PciAddress> choose_gpu(const HostFacts& facts, std::string_view text);

/// "0000:00:02.0 (Iris Xe Graphics)".
std::string gpu_text(const PciDevice& gpu);

/// What people call the device: our table's name, or the host's.
std::string device_name(const PciDevice& device);

}  // namespace gpupass::cli
