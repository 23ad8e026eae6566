#pragma once

#include "hosts/esxi/api/properties.hpp"

#include <string>
#include <vector>

namespace gpupass::esxi {

/// A host as the list of hosts has it.
struct HostEntry {
    Ref host;
    std::string name;
    Ref parent;         // ComputeResource, or ClusterComputeResource
    bool is_connected{};
};

/// All hosts, by their names. Two round trips for any number of them.
Result<std::vector<HostEntry>> list_hosts(Session& session, Deadline deadline);

/// The one of that name (or id). "" is the only one. An error that lists what there is when none or several fit.
Result<HostEntry> find_host(const std::vector<HostEntry>& hosts, std::string_view name);

/// The datacenter that an object is in: what files of its datastores are named by.
struct Datacenter {
    Ref ref;
    std::string path;  // "ha-datacenter", "Europe/Berlin"
};
Result<Datacenter> datacenter_of(Session& session, const Ref& object, Deadline deadline);

}  // namespace gpupass::esxi
