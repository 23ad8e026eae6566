#pragma once

#include "server.hpp"

#include <string>
#include <vector>

namespace gpupass::sim {

struct ParsedOptions {
    ServerOptions options;
    bool reset{};
    bool help{};
    std::string error;
};

ParsedOptions parse_options(const std::vector<std::string>& words);
std::string usage();

}  // namespace gpupass::sim
