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
    return engines_grew(device, *wish.address);
}

Figure timely_figure(const Wish& wish, const char* name, const std::function<double()>& measure)
{
    if (std::chrono::steady_clock::now() >= wish.measure_until)
        return {name, std::nullopt};
    return {name, measure()};
}

bool engines_grew(const ApiDevice& device, const PciAddress& address)
{
    if (!device.engine_grew)
        return false;
    const auto grew = device.engine_grew->find(address);
    return grew != device.engine_grew->end() && grew->second.value_or(0) > 0;
}

EngineTimes growth(const EngineTimes& before, const EngineTimes& after)
{
    EngineTimes grew;
    for (const auto& [address, time] : after) {
        const auto old = before.find(address);
        const auto begin = old == before.end() ? 0 : old->second.value_or(0);
        grew[address] = time ? std::optional{*time - std::min(*time, begin)} : std::nullopt;
    }
    return grew;
}

}  // namespace gpupass::guest
