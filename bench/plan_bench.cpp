#include "hosts/esxi/plan.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <vector>

// How long planning takes on a host that nobody has: thousands of PCI functions, hundreds of VMs, all running. Prints
// the median for the given size and for ten times of it: `PCI VMS MILLISECONDS STEPS`.

namespace gpupass {
namespace {

constexpr PciAddress gpu_address{0, 0, 2, 0};

PciAddress address_of(int number)
{
    return {static_cast<std::uint16_t>(number / 65536), static_cast<std::uint8_t>(number / 256 % 256),
            static_cast<std::uint8_t>(number / 8 % 32), static_cast<std::uint8_t>(number % 8)};
}

void add_function(HostFacts& facts, int number)
{
    PciDevice device{.address = address_of(number),
                     .id = {0x8086, 0x15f3},
                     .class_code = 0x0200,
                     .driver = "igc",
                     .configured_owner = "host",
                     .current_owner = "host",
                     .passthrough_capable = true};
    if (device.address == gpu_address) {
        device.id = {0x8086, 0x9a49};
        device.class_code = 0x0300;
    }
    facts.settings[owner_key(to_string(device.address))] = {"host", "host"};
    facts.pci.push_back(device);
}

void add_vm(HostFacts& facts, int number)
{
    Vm vm{.id = std::to_string(number), .name = fmt::format("vm{}", number), .power = Power::on};
    vm.config_path = fmt::format("/vmfs/volumes/ds/{0}/{0}.vmx", vm.name);
    vm.datastore = "ds";
    vm.guest_os = "debian11-64";
    vm.memory_mb = 1024;
    vm.memory_reserved_mb = 0;
    vm.viommu = true;
    vm.nested_hv = vm.encrypted = vm.autostart = false;
    vm.snapshots = 0;
    vm.tools_running = true;
    const auto set = [&](const char* key, const char* value) { facts.settings[vm_key(vm.name, key)] = {value, value}; };
    set("power", "on");
    set("vvtd.enable", "TRUE");
    set("memSize", "1024");
    facts.vms.push_back(vm);
}

HostFacts large_host(int functions, int vms)
{
    HostFacts facts{.kind = "esxi", .name = "large", .version = "8.0.3"};
    facts.uuid = "5aec0000-0000-0000-0000-000000000001";
    facts.iommu = facts.autostart_enabled = true;
    facts.maintenance = facts.lockdown = false;
    facts.console_gpu = gpu_address;
    facts.memory_mb = facts.memory_reservable_mb = 16'000'000;
    facts.boot = Boot{.uptime_s = 1000, .started_at = 1'700'000'000};
    facts.way_back = {.ssh_starts_with_host = true, .shell_timeout_s = 0, .boot_volume_on_disk = true};
    facts.settings["kernel.vga"] = {"TRUE", "TRUE"};
    for (int i = 0; i < functions; ++i)
        add_function(facts, i);
    for (int i = 0; i < vms; ++i)
        add_vm(facts, i);
    return facts;
}

/// The median of `rounds` plans from the facts of a large host: goal and plan, as `attach --plan` makes them.
int measure(int functions, int vms, int rounds)
{
    const HostFacts facts = large_host(functions, vms);
    const AttachRequest request{.gpu = gpu_address, .vm = "vm7", .start = true};
    std::vector<double> times;
    std::size_t steps = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        const auto goal = esxi::attach_goal(facts, request);
        if (!goal) {
            fmt::print(stderr, "{}\n", goal.error().what);
            return EXIT_FAILURE;
        }
        const Plan plan = esxi::plan(facts, *goal);
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        steps = plan.steps.size();
    }
    std::ranges::sort(times);
    fmt::print("{} {} {:.3f} {}\n", functions, vms, times[times.size() / 2], steps);
    return steps > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace gpupass

int main(int argc, char** argv)
{
    const int functions = argc > 1 ? std::atoi(argv[1]) : 2'000;
    const int vms = argc > 2 ? std::atoi(argv[2]) : 500;
    if (const int failed = gpupass::measure(functions, vms, 51))
        return failed;
    return gpupass::measure(10 * functions, 10 * vms, 11);
}
