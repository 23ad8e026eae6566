#pragma once

#include "model/pci.hpp"

#include <span>
#include <string>
#include <string_view>

// What is known of GPU generations: data/intel-gpus.csv, compiled in.

namespace gpupass {

struct GpuModel {
    PciId id;
    std::string_view codename;  // "Tiger Lake"
    std::string_view name;      // "Iris Xe Graphics"; "" when no public list agrees on one
    std::string_view graphics_version;
    std::string_view driver;       // Linux driver(s), see the CSV's legend in docs/gpu-table.md
    std::string_view gvtg;         // "yes", "no", "partial"
    std::string_view sriov_vfs;    // "7", "0", "?", "31?": functions to expect with the right driver
    unsigned execution_units{};    // of the full chip; 0: not known
    std::string_view notes;
};

/// nullptr when the table does not have it. Lives as long as the program.
const GpuModel* find_gpu_model(const PciId& id);
/// All of them, by id.
std::span<const GpuModel> gpu_models();
/// A card, not a part of the processor.
bool is_discrete(const GpuModel& model);

/// One way to give a GPU to VMs: can it work on this platform, and why (not).
struct Mode {
    bool possible{};
    std::string why;
};
struct Modes {
    Mode passthrough;
    Mode gvtg;
    Mode sriov;
};

/// By generation and platform ("esxi", "linux"); what the host itself says of the device (capable, group) is the
/// planner's matter. Unknown GPUs get honest "not known" reasons.
Modes modes_of(const PciId& id, std::string_view platform);

}  // namespace gpupass
