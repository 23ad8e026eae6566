#pragma once

#include "model/result.hpp"
#include "transport/uri.hpp"

#include <filesystem>
#include <string>

namespace gpupass {

/// A running gpupass-sim and how to reach it.
struct SimulatorAccess {
    HostUri host;             // esxi+ssh://root@127.0.0.1:PORT
    HostUri guest;            // linux+ssh://user@127.0.0.1:PORT of the Linux guest
    std::string identity;     // private key file that both accept
    std::string known_hosts;  // file with their host keys
};

/// Finds the simulator of `world` ("nuc11") or starts `binary` (gpupass-sim) for it; its world lives in
/// `state_folder`/sim/WORLD. Ready means: it accepts connections.
Result<SimulatorAccess> start_simulator(const std::filesystem::path& binary, const std::filesystem::path& state_folder,
                                        const std::string& world);

}  // namespace gpupass
