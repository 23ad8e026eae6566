#include "model/facts.hpp"

#include <algorithm>
#include <cstdlib>

namespace gpupass {

std::string to_string(PassthroughState state)
{
    switch (state) {
    case PassthroughState::disabled: return "disabled";
    case PassthroughState::pending: return "pending";
    case PassthroughState::active: return "active";
    }
    return "disabled";
}

PassthroughState state_of(const PciDevice& device)
{
    const bool configured = device.configured_owner == "passthrough";
    const bool current = device.current_owner == "passthrough";
    if (configured != current)
        return PassthroughState::pending;
    return configured ? PassthroughState::active : PassthroughState::disabled;
}

std::string to_string(Mover mover)
{
    return mover == Mover::drs ? "DRS" : mover == Mover::cluster ? "the cluster" : "nobody";
}

std::string to_string(Power power)
{
    switch (power) {
    case Power::on: return "on";
    case Power::off: return "off";
    case Power::suspended: return "suspended";
    case Power::unknown: return "unknown";
    }
    return "unknown";
}

bool Vm::is_windows() const
{
    return guest_os.find("win") != std::string::npos && guest_os.find("darwin") == std::string::npos;
}

bool same_boot(const Boot& before, const Boot& now)
{
    constexpr std::int64_t clock_correction = 30;
    return now.uptime_s >= before.uptime_s && std::abs(now.started_at - before.started_at) <= clock_correction;
}

const PciDevice* find_device(const HostFacts& facts, const PciAddress& address)
{
    const auto found = std::ranges::find(facts.pci, address, &PciDevice::address);
    return found == facts.pci.end() ? nullptr : &*found;
}

const Vm* find_vm(const HostFacts& facts, std::string_view name_or_id)
{
    const auto by = [&](auto member) -> const Vm* {
        if (std::ranges::count(facts.vms, name_or_id, member) != 1)
            return nullptr;
        return &*std::ranges::find(facts.vms, name_or_id, member);
    };
    if (std::ranges::count(facts.vms, name_or_id, &Vm::name) > 0)
        return by(&Vm::name);
    return by(&Vm::id);
}

std::vector<const PciDevice*> gpus(const HostFacts& facts)
{
    std::vector<const PciDevice*> found;
    for (const PciDevice& device : facts.pci)
        if (device.is_display())
            found.push_back(&device);
    std::ranges::sort(found, {}, &PciDevice::address);
    return found;
}

}  // namespace gpupass
