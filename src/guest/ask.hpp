#pragma once

#include "guest/answer.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace gpupass::guest {

/// What an API is asked.
struct Wish {
    std::optional<PciAddress> address{};  // of the GPU; nullopt: there is none, or it is not known
    bool figures{};                       // measure too: some seconds
    /// No figure is begun later: what is only slow must not be cut while it is measured, and be called broken.
    std::chrono::steady_clock::time_point measure_until{std::chrono::steady_clock::time_point::max()};
    bool allow_software{};                // compute on software renderers too
    /// The engine times of this process now; nullopt where the kernel does not count them.
    std::function<std::optional<EngineTimes>()> engine_times{[] { return std::nullopt; }};
    /// Called after everything that was finished, with what is known so far.
    std::function<void(const ApiAnswer&)> tell{[](const ApiAnswer&) {}};
};

/// Which devices compute: the one at the wished address, those that do not tell theirs, and software where it is allowed.
bool should_compute(const ApiDevice& device, const Wish& wish);
/// Which ones are measured: after it computed, by its address or because the engines of the wished one worked for it.
bool should_measure(const ApiDevice& device, const Wish& wish);

/// measure(), or no value when it is too late to begin.
Figure timely_figure(const Wish& wish, const char* name, const std::function<double()>& measure);

/// True when the kernel counted work of that function for this process while the device computed.
bool engines_grew(const ApiDevice& device, const PciAddress& address);
EngineTimes growth(const EngineTimes& before, const EngineTimes& after);

/// Both load their library at first use and never end the process by themselves; the library may.
ApiAnswer ask_opencl(const Wish& wish);
ApiAnswer ask_vulkan(const Wish& wish);

}  // namespace gpupass::guest
