#pragma once

#include <optional>
#include <string>
#include <vector>

// What a guest says of the GPU it was given. The guest's own program is built with an older compiler too: nothing here
// or in pci.hpp needs more than C++20.

namespace gpupass {

struct Check {
    std::string id;      // begins with pci driver firmware node display opencl vulkan vaapi engine speed software windows
    std::string result;  // pass fail warn skip
    std::string detail;
    std::optional<double> value{};
    std::string unit{};
    std::optional<double> expected{};
    std::string fix{};  // what to do in this guest; "" where there is nothing to do, or it is not known
};

struct Verdict {
    std::string word{"unproven"};  // working, degraded, not-working, unproven
    std::string why;               // one sentence
    bool simulated{};              // the guest itself says that its report is a simulation
    bool software{};               // software renderers were accepted, on request: no GPU took part in the computations
    std::vector<Check> checks;
};

/// True for checks that show a finished computation with the right answer.
bool is_computation(const Check& check);

}  // namespace gpupass
