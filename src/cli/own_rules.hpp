#pragma once

#include "rules/rule.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace gpupass::cli {

/// The user's own failure rules: *.yaml of the folder that was named, else of `rules` beside hosts.yaml, if that is there.
Result<std::vector<Rule>> own_rules(const std::string& named, const std::filesystem::path& config_folder);

}  // namespace gpupass::cli
