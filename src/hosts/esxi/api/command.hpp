#pragma once

#include "model/plan.hpp"

#include <string>

namespace gpupass::esxi {

/// What a step will call, for the eyes. `by_maintenance`: a reboot goes through maintenance mode. Pure.
std::string render_calls(const Change& change, bool by_maintenance);

}  // namespace gpupass::esxi
