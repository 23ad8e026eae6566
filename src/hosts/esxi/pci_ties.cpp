#include "hosts/esxi/pci_ties.hpp"

#include <algorithm>
#include <set>

namespace gpupass::esxi {

namespace {

bool is_same_slot(const PciAddress& a, const PciAddress& b)
{
    return a.segment == b.segment && a.bus == b.bus && a.slot == b.slot;
}

/// How a function hangs on others when it is reset.
struct Tie {
    PciAddress address;
    PciAddress reset_by;   // itself, another function, or a bridge
    bool through_bridge{};
    std::optional<PciAddress> parent;
};

/// Ties of all functions that are no bridges.
std::vector<Tie> ties_of(const std::vector<PciRecord>& records)
{
    std::set<PciAddress> bridges;
    for (const PciRecord& record : records)
        if (record.device.is_bridge())
            bridges.insert(record.device.address);
    std::vector<Tie> ties;
    for (const PciRecord& record : records) {
        const PciAddress reset_by = record.dependent.value_or(record.device.address);
        if (!record.device.is_bridge())
            ties.push_back({record.device.address, reset_by, bridges.contains(reset_by), record.parent});
    }
    return ties;
}

/// Reset of one is reset of the other: both hang on the same device; or `a` is reset through a bridge, and `b` is another
/// function of its slot or stands behind that bridge too.
bool takes_along(const Tie& a, const Tie& b)
{
    return a.reset_by == b.reset_by || (a.through_bridge && (is_same_slot(a.address, b.address) || b.parent == a.reset_by));
}

std::vector<PciAddress> group_of(const std::vector<Tie>& ties, const PciAddress& address)
{
    std::vector<PciAddress> group;
    const auto own = std::ranges::find(ties, address, &Tie::address);
    if (own == ties.end())
        return group;
    for (const Tie& other : ties)
        if (other.address != address && (takes_along(*own, other) || takes_along(other, *own)))
            group.push_back(other.address);
    std::ranges::sort(group);
    return group;
}

std::string vital_reason(const PciRecord& record, const std::optional<std::map<std::string, std::string>>& uplinks)
{
    const std::string& name = record.vmkernel_name;
    if (name.starts_with("vmhba"))
        return "storage adapter " + name;
    if (!name.starts_with("vmnic"))
        return "";
    if (!uplinks)
        return "network adapter " + name;
    const auto found = uplinks->find(name);
    return found == uplinks->end() ? "" : "uplink " + name + " of " + found->second;
}

}  // namespace

std::vector<PciDevice> devices_of(const std::vector<PciRecord>& records,
                                  const std::optional<std::map<std::string, std::string>>& uplinks)
{
    const auto ties = ties_of(records);
    std::vector<PciDevice> devices;
    for (const PciRecord& record : records) {
        PciDevice device = record.device;
        device.group = group_of(ties, record.device.address);
        device.vital = vital_reason(record, uplinks);
        devices.push_back(std::move(device));
    }
    return devices;
}

}  // namespace gpupass::esxi
