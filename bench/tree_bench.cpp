#include "hosts/linux/linux_host.hpp"
#include "transport/local.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

// How long the facts of a Linux host take where it has thousands of PCI functions: tree_bench FOLDER N [N...]. Each tree is made
// below FOLDER first. Prints a line for each N: N and the milliseconds of the fastest of ten probes.

namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) { std::ofstream{file} << text; }

/// Bridges, disks and GPUs by turns, each with what the kernel shows of such a function.
void make_tree(const fs::path& root, int functions)
{
    for (const char* driver : {"nvme", "i915"})
        fs::create_directories(root / "sys/bus/pci/drivers" / driver);
    for (int i = 0; i < functions; ++i) {
        const fs::path device = root / fmt::format("sys/bus/pci/devices/{:04x}:{:02x}:{:02x}.{}", i / 65536, i / 256 % 256, i / 8 % 32, i % 8);
        fs::create_directories(device);
        const bool is_gpu = i % 16 == 0;
        write(device / "vendor", "0x8086\n");
        write(device / "device", is_gpu ? "0x9a49\n" : "0x5845\n");
        write(device / "subsystem_vendor", "0x8086\n");
        write(device / "subsystem_device", "0x3003\n");
        write(device / "class", is_gpu ? "0x030000\n" : "0x010802\n");
        write(device / "driver_override", "(null)\n");
        write(device / "reset_method", "flr bus\n");
        write(device / "resource", "0x0000004000000000 0x000000400fffffff 0x000000000014220c\n0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
        fs::create_directory_symlink(is_gpu ? "../../drivers/i915" : "../../drivers/nvme", device / "driver");
        fs::create_directories(root / "sys/kernel/iommu_groups" / std::to_string(i));
        fs::create_directory_symlink(fmt::format("../../../../kernel/iommu_groups/{}", i), device / "iommu_group");
    }
}

double probe_ms(const fs::path& root, int functions)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto host = gpupass::linux_host::make_linux_host(gpupass::make_local_machine(root, "test:///default"));
    const auto facts = host->probe(gpupass::Deadline::in(std::chrono::seconds{60}));
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    if (!facts || std::ssize(facts->pci) != functions) {
        fmt::print(stderr, "read {} functions of {}\n", facts ? facts->pci.size() : 0, functions);
        std::exit(1);
    }
    return time.count();
}

}  // namespace

int main(int argc, char** argv)
{
    for (int i = 2; i < argc; ++i) {
        const int functions = std::atoi(argv[i]);
        const fs::path root = fs::path{argv[1]} / argv[i];
        make_tree(root, functions);
        double best = 1e9;
        for (int round = 0; round < 10; ++round)
            best = std::min(best, probe_ms(root, functions));
        fmt::print("{} {:.3f}\n", functions, best);
    }
}
