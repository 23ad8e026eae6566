#pragma once

#include "model/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gpupass {

/// What a running gpupass-sim writes into access.json.
struct AccessFile {
    int pid{};
    std::string host;
    std::uint16_t host_port{};
    std::uint16_t guest_port{};
    std::string identity;
    std::string known_hosts;
};

Result<AccessFile> parse_access_file(std::string_view text);

}  // namespace gpupass
