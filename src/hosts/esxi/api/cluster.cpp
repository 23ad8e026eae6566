#include "hosts/esxi/api/cluster.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

constexpr std::string_view automatic = "fullyAutomated";

bool drs_moves(const ObjectContent& cluster)
{
    const pugi::xml_node drs = cluster.node("configurationEx").child("drsConfig");
    return text_of(drs, "enabled") == "true" && text_of(drs, "defaultVmBehavior") == automatic &&
           number_of(text_of(cluster.node("summary"), "numEffectiveHosts")).value_or(0) > 1;
}

/// Whether there is a rule of its own for that VM which keeps DRS from moving it.
bool is_kept(const ObjectContent& cluster, std::string_view vm)
{
    return std::ranges::any_of(cluster.node("configurationEx").children("drsVmConfig"), [&](const pugi::xml_node& rule) {
        const auto behaviour = text_of(rule, "behavior");
        return text_of(rule, "key") == vm && (text_of(rule, "enabled") == "false" || (!behaviour.empty() && behaviour != automatic));
    });
}

/// Whether a mandatory rule ties that VM to some hosts, or keeps it off some.
bool is_tied(const ObjectContent& cluster, std::string_view vm)
{
    const pugi::xml_node configuration = cluster.node("configurationEx");
    const auto is_member = [&](std::string_view name) {
        return std::ranges::any_of(configuration.children("group"), [&](const pugi::xml_node& group) {
            return text_of(group, "name") == name && std::ranges::any_of(group.children("vm"), [&](const pugi::xml_node& member) { return member.child_value() == vm; });
        });
    };
    return std::ranges::any_of(configuration.children("rule"), [&](const pugi::xml_node& rule) {
        return text_of(rule, "mandatory") == "true" && text_of(rule, "enabled") != "false" && is_member(text_of(rule, "vmGroupName"));
    });
}

}  // namespace

bool is_agent(const ObjectContent& vm)
{
    const pugi::xml_node by = vm.node("config.managedBy");
    const auto extension = text_of(by, "extensionKey"), type = text_of(by, "type");
    return (extension == "com.vmware.vim.eam" && type == "cluster-agent") || (extension == "VirtualCenter" && type == "vcls-entity");
}

PropertySpec cluster_properties()
{
    return {"ClusterComputeResource", {"configurationEx", "summary"}};
}

void add_movers(const ObjectContent& cluster, HostFacts& facts)
{
    if (!drs_moves(cluster))
        return;
    for (Vm& vm : facts.vms)
        if (vm.mover == Mover::nobody && !vm.bound_to_host && vm.unreadable.empty() && !is_kept(cluster, vm.id) && !is_tied(cluster, vm.id))
            vm.mover = Mover::drs;
}

void find_movers(Session& session, const Ref& parent, HostFacts& facts, Deadline deadline)
{
    if (parent.type != "ClusterComputeResource") {
        for (Vm& vm : facts.vms)
            vm.mover = Mover::nobody;
        return;
    }
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page)
            if (object.object == parent)
                add_movers(object, facts);
    };
    if (const auto read = retrieve(session, {cluster_properties()}, objects_of({parent}), "cluster", take, deadline); !read)
        facts.unknown.push_back("whether DRS moves VMs away: " + read.error().what);
}

}  // namespace gpupass::esxi
