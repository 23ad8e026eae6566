#pragma once

#include "guest/ask.hpp"
#include "model/verdict.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// What the guest's system tells and does for the program: one implementation for Linux, one for Windows.

namespace gpupass::guest {

/// What the person asked for.
struct Request {
    std::optional<PciAddress> address{};  // of the GPU, as the guest numbers it
    std::optional<PciId> id{};            // or what it is; neither: the guest's only GPU that is not the VM's virtual card
    bool fast{};
    bool allow_software{};
};

/// The GPU as the system shows it.
struct Gpu {
    PciAddress address;
    PciId id;
    std::string name;            // "" when not known
    std::string driver;          // "" when none is bound
    unsigned execution_units{};  // Intel; 0: not known
    unsigned clock_mhz{};        // highest; 0: not known
    bool engine_times_expected{};  // this driver on this kernel counts the time of its engines
    bool has_video_engine{};       // a chip of this vendor encodes or decodes video
};

struct PlatformReport {
    std::optional<Gpu> gpu;
    std::string system;         // "debian", "ubuntu", "fedora", "arch", "windows"; "" for others: which packages are named
    std::vector<Check> checks;  // pci, driver, firmware, node, display, windows
};

class Platform {
public:
    virtual ~Platform() = default;
    virtual PlatformReport look(const Request& request) = 0;
    /// The APIs that are asked here: "opencl", "vulkan", "vaapi".
    virtual std::vector<std::string> apis() const = 0;
    /// Asks each API in a process of its own (this program again, with `part API` and `words`), cut after `time`.
    /// `together`: all at once. One answer an API, in order.
    virtual std::vector<ApiAnswer> ask(const std::vector<std::string>& apis, const std::vector<std::string>& words,
                                       std::chrono::milliseconds time, bool together) = 0;
    /// Inside such a process: the answer.
    virtual ApiAnswer answer_part(const std::string& api, Wish wish) = 0;
};

}  // namespace gpupass::guest
