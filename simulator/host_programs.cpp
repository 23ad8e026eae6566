#include "host_programs.hpp"

#include "applets.hpp"
#include "esxcli.hpp"
#include "text.hpp"
#include "vimcmd.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace gpupass::sim {

namespace {

bool is_passed(const Host& host, const PciDevice& device)
{
    const auto owner = host.world.owners.find(device.address);
    return owner != host.world.owners.end() && owner->second == passthru;
}

std::string pci_line(const Host& host, const PciDevice& device)
{
    const bool passed = is_passed(host, device);
    return fmt::format("{} {:04x}:{:04x} {:04x}:{:04x} 255/   /     A {} {:<12} {}", device.address, device.vendor,
                       device.device, device.subvendor, device.subdevice, passed ? 'P' : 'V',
                       passed                        ? "pciPassthru"
                           : device.driver == "None" ? ""
                                                     : device.driver,
                       passed ? "" : device.vmkernel_name);
}

int lspci(Host& host, Process& process)
{
    const auto arguments = parse_arguments(process, "pvn");
    const auto hold = host.enter();
    if (arguments.has('p'))
        process.print("Seg:Bu:Sl.F  Vend:Dvid Subv:Subd ISA/irq/Vec P M Module       Name\n");
    for (const auto& device : pci_devices(host)) {
        std::string line = arguments.has('p')
            ? pci_line(host, device)
            : fmt::format("{} {}: {} {}", device.address, device.class_name, device.vendor_name, device.device_name);
        if (!arguments.has('p') && !device.vmkernel_name.empty() && !is_passed(host, device))
            line += " [" + device.vmkernel_name + "]";
        if (arguments.has('v'))
            line += fmt::format("\n\t Class {:04x}: {:04x}:{:04x}\n", device.class_id, device.vendor, device.device);
        line.resize(line.find_last_not_of(' ') + 1);
        process.print(line + "\n");
    }
    return 0;
}

int vmkchdev(Host& host, Process& process)
{
    if (process.argv.size() != 2 || process.argv[1] != "-l")
        return process.fail("Usage: vmkchdev -l");
    const auto hold = host.enter();
    for (const auto& device : pci_devices(host)) {
        const bool passed = is_passed(host, device);
        const auto name = passed || device.vmkernel_name.empty() ? "" : " " + device.vmkernel_name;
        process.print(fmt::format("{} {:04x}:{:04x} {:04x}:{:04x} {}{}\n", device.address, device.vendor, device.device,
                                  device.subvendor, device.subdevice, passed ? "passthru" : "vmkernel", name));
    }
    return 0;
}

int vmware(Host& host, Process& process)
{
    const auto arguments = parse_arguments(process, "vl");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    const auto hold = host.enter();
    if (arguments.has('v') || arguments.flags.empty())
        process.print(fmt::format("VMware ESXi {} build-{}\n", host.world.version, product_build(host)));
    if (arguments.has('l'))
        process.print(fmt::format("VMware ESXi {} Update 3\n", host.world.version.substr(0, 3)));
    return 0;
}

int chkconfig(Host& host, Process& process)
{
    const auto hold = host.enter();
    const std::vector<std::pair<std::string, bool>> services{{"DCUI", true},
                                                             {"ESXShell", false},
                                                             {"SSH", host.world.settings.ssh_with_host},
                                                             {"hostd", true},
                                                             {"ntpd", true}};
    const std::string wanted = process.argv.size() > 2          ? process.argv[2]
        : process.argv.size() == 2 && process.argv[1][0] != '-' ? process.argv[1]
                                                                : "";
    for (const auto& [name, on] : services)
        if (wanted.empty() || wanted == name)
            process.print(fmt::format("{:<24}{}\n", name, on ? "on" : "off"));
    return 0;
}

int do_reboot(Host& host, Process& process)
{
    const bool forced = std::ranges::find(process.argv, "-f") != process.argv.end();
    const auto hold = host.enter();
    if (forced)
        reboot(host, false);
    else
        host.schedule(0.1, "go-down");
    return 0;
}

int auto_backup(Host& host, Process& process)
{
    const auto hold = host.enter();
    process.print("Saving current state in /bootbank\nClock updated.\n");
    backup(host);
    return 0;
}

int kernel_setting(Host& host, Process& process)
{
    if (process.argv.size() != 4 || (process.argv[1] != "--set-kernel" && process.argv[1] != "-k"))
        return process.fail("Usage: esxcfg-advcfg --set-kernel VALUE NAME");
    process.argv = {"esxcli", "system", "settings", "kernel", "set", "-s", process.argv[3], "-v", process.argv[2]};
    return esxcli(host, process);
}

}  // namespace

ShellMachine host_machine(Host& host, std::function<void(const std::string&)> count)
{
    auto programs = busybox_programs();
    const auto add = [&](const std::string& name, int (*run)(Host&, Process&)) {
        programs[name] = [&host, run](Process& process) { return run(host, process); };
    };
    add("lspci", lspci);
    add("vmkchdev", vmkchdev);
    add("vmware", vmware);
    add("chkconfig", chkconfig);
    programs["reboot"] = [&host, count](Process& process) {
        count("reboot");
        return do_reboot(host, process);
    };
    add("auto-backup.sh", auto_backup);
    add("esxcfg-advcfg", kernel_setting);
    for (const std::string name : {"esxcli", "localcli", "vim-cmd"})
        programs[name] = [&host, count, name](Process& process) {
            count(name);
            return name == "vim-cmd" ? vim_cmd(host, process) : esxcli(host, process);
        };
    const auto hold = host.enter();
    return {host.disk,
            "nuc11",
            host.world.version,
            "#1 SMP Release build-" + product_build(host),
            "VMkernel",
            "ESXi",
            std::move(programs),
            [&host] {
                const auto now = host.enter();
                return host.clock();
            },
            [&host] {
                const auto now = host.enter();
                host.count_program();
            }};
}

}  // namespace gpupass::sim
