#pragma once

#include "cli/table.hpp"
#include "hosts/host.hpp"
#include "knowledge/gpu_table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpupass::cli {

/// What a person wants to know of one GPU.
struct GpuView {
    const PciDevice* device{};
    std::string name;
    std::string generation;         // "Tiger Lake"; "" when our table does not have it
    std::string owner;              // "host", "passthrough"; "" when unknown
    std::optional<std::string> vm;  // the VM that has it in its configuration
    std::string state;              // disabled, pending, active, unknown
    Modes modes;
    Mode assignable;                // one sentence: to whom, or exactly why not
};

struct InspectView {
    std::string uri;
    const HostFacts& facts;  // must live as long as the view
    std::vector<GpuView> gpus;
};

InspectView inspect_view(const Host& host, const HostFacts& facts, std::string uri);
/// The same for one of many: nothing is planned for its VMs.
InspectView inspect_view(const HostFacts& facts, std::string uri);

/// Tables for a person.
std::string inspect_text(const InspectView& view, const Paint& paint, std::size_t width);

/// Findings for a person: title, cause, fixes.
std::string findings_text(const std::vector<Finding>& findings, const Paint& paint, std::size_t width);

}  // namespace gpupass::cli
