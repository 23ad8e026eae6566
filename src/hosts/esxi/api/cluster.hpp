#pragma once

#include "hosts/esxi/api/properties.hpp"
#include "model/facts.hpp"

// What a cluster does with the VMs of a host that enters maintenance mode.

namespace gpupass::esxi {

/// Whether the VM is one of the cluster's own (vCLS): those are stopped and moved by it alone.
/// Source: https://knowledge.broadcom.com/external/article?articleNumber=370219
bool is_agent(const ObjectContent& vm);

PropertySpec cluster_properties();
/// Fills in Vm::mover: DRS, when it is fully automated and the cluster has another host, moves what is not bound to this host, by a device or by a
/// rule (VM to hosts, mandatory). A VM that it may not move by itself (drsVmConfig) is nobody's. Pure.
void add_movers(const ObjectContent& cluster, HostFacts& facts);

/// Reads the host's cluster for that; a host in none has no movers, and so has one whose cluster cannot be read.
void find_movers(Session& session, const Ref& parent, HostFacts& facts, Deadline deadline);

}  // namespace gpupass::esxi
