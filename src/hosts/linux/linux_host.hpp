#pragma once

#include "hosts/host.hpp"

#include <chrono>
#include <memory>

namespace gpupass::linux_host {

/// How long the steps wait, and how often they look.
struct HostTimes {
    std::chrono::milliseconds poll{500};
    std::chrono::milliseconds batch{60'000};      // a batch of quick queries
    std::chrono::milliseconds bind{30'000};       // drivers to let go of their devices, and others to come up on them
    std::chrono::milliseconds desktop{10'000};    // the programs of a desktop to end
    std::chrono::milliseconds shutdown{300'000};  // guests to stop
    std::chrono::milliseconds start{120'000};     // guests to run
    std::chrono::milliseconds command{300'000};   // programs that make boot configuration anew
    std::chrono::milliseconds reboot{20 * 60'000};  // the host to come back
    std::chrono::milliseconds reboot_look{15'000};  // one look whether it is back
};

/// A Linux host with VFIO and libvirt, this one or one over SSH: sysfs and libvirt over `machine`.
std::unique_ptr<Host> make_linux_host(std::unique_ptr<Machine> machine, HostTimes times = {});

}  // namespace gpupass::linux_host
