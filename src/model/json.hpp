#pragma once

#include "model/plan.hpp"
#include "model/result.hpp"

#include <string>
#include <string_view>
#include <vector>

// The parts of the model that outlive a process, as JSON text. (Views for people and scripts are the CLI's.)

namespace gpupass {

std::string to_json(const Goal& goal);
Result<Goal> goal_from_json(std::string_view text);

std::string to_json(const std::vector<Want>& wants);
Result<std::vector<Want>> wants_from_json(std::string_view text);

}  // namespace gpupass
