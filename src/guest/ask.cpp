#include "guest/ask.hpp"

#include <algorithm>

namespace gpupass::guest {

bool should_compute(const ApiDevice& device, const Wish& wish)
{
    if (!device.error.empty())
        return false;
    if (!device.software.empty())
        return wish.allow_software;
    return wish.address && (!device.address || device.address == wish.address);
}

bool should_measure(const ApiDevice& device, const Wish& wish)
{
    if (!wish.figures || !should_compute(device, wish) || device.computations.empty())
        return false;
    if (!std::ranges::all_of(device.computations, &Computation::right))
        return false;
    if (!device.software.empty() || device.address)
        return true;
    const auto grew = device.engine_grew ? device.engine_grew->find(*wish.address) : EngineTimes::const_iterator{};
    return device.engine_grew && grew != device.engine_grew->end() && grew->second > 0;
}

}  // namespace gpupass::guest
