#include "transport/ssh_config.hpp"

#include <cstdint>

// The file may include itself; reading must end all the same.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const gpupass::ConfigText config{"config", {reinterpret_cast<const char*>(data), size}};
    const gpupass::IncludeReader include = [&](std::string_view) { return std::vector{config}; };
    (void)gpupass::ssh_config_for(config, "nuc", include);
    return 0;
}
