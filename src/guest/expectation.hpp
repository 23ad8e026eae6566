#pragma once

#include "guest/platform.hpp"

#include <optional>
#include <string>

namespace gpupass::guest {

struct Expectation {
    double value{};
    std::string from;  // "96 EUs at 1300 MHz"
};

/// What a figure should be on this GPU; nullopt where nobody knows.
std::optional<Expectation> expected_figure(const Gpu& gpu, const ApiDevice& device, const std::string& figure);

}  // namespace gpupass::guest
