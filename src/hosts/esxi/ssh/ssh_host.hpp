#pragma once

#include "hosts/host.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace gpupass::esxi {

/// How long the steps wait, and how often they look.
struct HostTimes {
    std::chrono::milliseconds poll{2'000};
    std::chrono::milliseconds batch{60'000};         // a batch of quick commands
    std::chrono::milliseconds ready{60'000};         // hostd to answer again after a hiccup
    std::chrono::milliseconds power_on{180'000};     // a batch of power-ons, and each VM to run
    std::chrono::milliseconds grace{4'000};          // before a told failure of a power-on is believed
    std::chrono::milliseconds shutdown{300'000};     // guests to stop
    std::chrono::milliseconds tools{300'000};        // after the boot of the host, for the tools of guests it started
    std::chrono::milliseconds reboot{20 * 60'000};   // the host to come back, hostd included
    std::chrono::milliseconds reboot_look{15'000};   // one look whether it is back
};

/// ESXi as far as its shell lets us: esxcli, vim-cmd and .vmx files over `machine`. `local_dmi` is what
/// /sys/class/dmi/id/product_uuid and product_serial of the computer gpupass runs on say, one a line ("" when unknown):
/// it may be a VM of that very host.
std::unique_ptr<Host> make_ssh_host(std::unique_ptr<Machine> machine, std::string local_dmi = {}, HostTimes times = {});

}  // namespace gpupass::esxi
