#pragma once

#include "model/plan.hpp"

#include <string>

namespace gpupass::esxi {

/// What a step will call, for the eyes. Pure.
std::string render_calls(const Change& change);

}  // namespace gpupass::esxi
