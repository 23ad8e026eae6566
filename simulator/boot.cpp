#include "host.hpp"

#include <fmt/core.h>

// How the host goes down and comes up, and what it remembers then.

namespace gpupass::sim {

namespace {

// Files below /etc that carry a marker ".#NAME" are in the backup; all others are gone after a boot.
std::map<std::string, std::string> marked_files(const Host& host)
{
    std::map<std::string, std::string> files;
    for (const std::string folder : {"/etc", "/etc/vmware", "/etc/ssh", "/etc/ssh/keys-root"}) {
        const auto names = host.disk.list(folder);
        for (const auto& name : names ? *names : std::vector<std::string>{}) {
            const auto path = folder + "/" + name;
            if (host.disk.exists(folder + "/.#" + name))
                if (const auto text = host.disk.read(path))
                    files[path] = *text;
        }
    }
    return files;
}

void cut_all_vms(Host& host)
{
    for (auto& vm : host.world.vms) {
        if (vm.power == powered_on)
            log_vm(host, vm, "VMX has been killed: the host goes down.");
        if (vm.power == powered_on)
            vm.power = powered_off;
        vm.tools = vm.guest_up = vm.crash_loop = false;
        vm.question.clear();
        vm.tasks.clear();
    }
}

double seconds_down(Host& host)
{
    const double slow = fault_number(host.faults.find("slow-reboot"), 0);
    return host.options.reboot_seconds + (host.faults.has("slow-reboot") && slow == 0 ? 10 : slow);
}

void take_owners(Host& host)
{
    auto& world = host.world;
    world.owners.clear();
    for (const auto& device : pci_devices(host)) {
        const auto configured = world.settings.owners.find(device.address);
        const auto owner = configured == world.settings.owners.end() ? vmkernel : configured->second;
        world.owners[device.address] = owner_after(host, device, owner);
        if (world.owners[device.address] == passthru)
            log_kernel(host,
                       fmt::format("PCIPassthru: 1039: Device {} is owned by the passthrough module", device.address));
        else if (owner == passthru)
            log_kernel(host, fmt::format("PCI: 1218: {} stays with the VMkernel: device is in use", device.address));
    }
}

}  // namespace

// The console holds the display as long as the kernel runs with vga=TRUE.
std::string owner_after(const Host& host, const PciDevice& device, const std::string& configured)
{
    const auto vga = host.world.kernel.find("vga");
    const bool console = device.is_display() && (vga == host.world.kernel.end() || vga->second == "TRUE");
    const bool stuck = device.is_display() && host.faults.has("pending-forever");
    return configured == passthru && device.capable && !console && !stuck ? passthru : vmkernel;
}

void backup(Host& host)
{
    host.changed = true;
    if (host.world.bootbank_lost)
        return;  // written to a RAM disk
    host.world.settings.files = marked_files(host);
    host.world.saved = host.world.settings;
}

void reboot(Host& host, bool clean)
{
    auto& world = host.world;
    if (!world.up)
        return;
    host.faults.reload();
    log_hostd(host, clean ? "Host is rebooting" : "Host lost power");
    if (clean)
        backup(host);
    cut_all_vms(host);
    host.programs_until_reboot = -1;
    world.up = false;
    ++world.boots;
    ++host.epoch;
    world.events.clear();
    if (!host.faults.has("never-returns"))
        host.schedule(seconds_down(host), "up");
    host.changed = true;
}

void boot(Host& host)
{
    auto& world = host.world;
    host.faults.reload();
    const auto in_effect_kernel = world.kernel;
    const auto in_effect_owners = world.owners;
    world.settings = world.saved;
    if (host.faults.take("settings-lost")) {
        world.settings.kernel = in_effect_kernel;
        world.settings.owners = in_effect_owners;
    }
    if (host.faults.take("bdf-shift"))
        world.shifted = true;
    world.up = true;
    world.boot_time = host.now();
    world.clock_offset += 90;
    world.kernel = world.settings.kernel;
    world.ssh_runs = world.settings.ssh_with_host;
    rebuild_ram_disk(host);
    log_kernel(host, "Boot: 1: VMkernel starts");
    take_owners(host);
    for (auto& vm : world.vms)
        load_vm(host, vm);
    if (const auto slow = host.faults.find("hostd-slow"))
        world.hostd_ready = host.now() + fault_number(slow, 2);
    if (world.settings.autostart && !world.settings.maintenance)
        for (const auto& entry : world.settings.autostart_entries)
            host.schedule(host.options.autostart_seconds, "autostart", entry.vm);
    world.saved = world.settings;
    host.changed = true;
}

}  // namespace gpupass::sim
