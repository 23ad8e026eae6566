#include "host.hpp"
#include "text.hpp"

#include <fmt/core.h>

// The log files, in the form of the host's release.

namespace gpupass::sim {

void log_kernel(Host& host, const std::string& text)
{
    const auto form = host.is_8() ? "{} In(182) vmkernel: cpu3:2097897){}\n" : "{} cpu3:2097897){}\n";
    (void)host.disk.append("/var/run/log/vmkernel.log",
                           fmt::format(fmt::runtime(form), utc_milliseconds(host.clock()), text));
}

void log_hostd(Host& host, const std::string& text)
{
    const auto form = host.is_8() ? "{} In(166) Hostd[2099871]: [Originator@6876 sub=Vimsvc.ha-eventmgr] {}\n"
                                  : "{} info hostd[2099871] [Originator@6876 sub=Vimsvc.ha-eventmgr] {}\n";
    (void)host.disk.append("/var/run/log/hostd.log",
                           fmt::format(fmt::runtime(form), utc_milliseconds(host.clock()), text));
}

void log_vm(Host& host, const Vm& vm, const std::string& text) { log_vm(host, vm, std::vector{text}); }

void log_vm(Host& host, const Vm& vm, const std::vector<std::string>& lines)
{
    const auto form = host.is_8() ? "{} In(05) vmx - {}\n" : "{}| vmx| | I005: {}\n";
    std::string all;
    for (const auto& line : lines)
        all += fmt::format(fmt::runtime(form), utc_milliseconds(host.clock()), line);
    (void)host.disk.append(vm_folder(vm) + "/vmware.log", all);
}

void log_vm_start(Host& host, const Vm& vm)
{
    std::vector<std::string> lines{
        fmt::format("Log for VMware ESX pid=2099871 version={} build=build-{} option=Release", host.world.version,
                    product_build(host))};
    for (const auto& [key, value] : Vmx{vm.text}.pairs())
        lines.push_back(fmt::format("DICT {:>26} = \"{}\"", key, value));
    log_vm(host, vm, lines);
}

// vmware.log becomes vmware-N.log with the next free N.
void rotate_vm_log(Host& host, const Vm& vm)
{
    const auto log = vm_folder(vm) + "/vmware.log";
    if (!host.disk.exists(log))
        return;
    for (int number = 1;; ++number) {
        const auto kept = fmt::format("{}/vmware-{}.log", vm_folder(vm), number);
        if (host.disk.exists(kept))
            continue;
        (void)host.disk.rename(log, kept);
        return;
    }
}

}  // namespace gpupass::sim
