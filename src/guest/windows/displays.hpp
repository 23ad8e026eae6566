#pragma once

#include "model/pci.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The display devices of Windows as its device manager knows them.

namespace gpupass::guest {

struct DisplayDevice {
    std::string instance;               // PCI\VEN_8086&DEV_9A49&...: what Windows calls this very device
    std::string name;                   // "Intel(R) Iris(R) Xe Graphics"
    std::optional<PciId> id;            // of PCI devices
    std::optional<PciAddress> address;  // bus, device, function as Windows numbers them
    std::uint32_t problem{};            // the device manager's code; 0: none
    bool started{};
    std::string driver_version;
    std::string driver_date;  // as the driver's INF writes it: 7-24-2023
    std::string driver_provider;
};

/// Those that are there now. nullopt: Windows does not say.
std::optional<std::vector<DisplayDevice>> read_displays();

/// What a problem code means, and what to do; "" for a code that nobody explained.
struct Problem {
    std::uint32_t code;
    const char* meaning;
    const char* fix;
};
const Problem* find_problem(std::uint32_t code);

/// "VEN_8086&DEV_9A49" somewhere in the text.
std::optional<PciId> id_in(const std::string& hardware_id);

}  // namespace gpupass::guest
