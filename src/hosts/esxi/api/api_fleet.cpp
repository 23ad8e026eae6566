#include "hosts/esxi/api/api_fleet.hpp"

#include "hosts/esxi/api/host_facts.hpp"
#include "hosts/esxi/api/inventory.hpp"
#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <span>

namespace gpupass::esxi {

namespace {

constexpr std::size_t hosts_a_slice = 100;

class ApiFleet : public Fleet {
public:
    explicit ApiFleet(std::shared_ptr<Session> session) : session_{std::move(session)} {}

    Result<std::size_t> size(Deadline deadline) override
    {
        if (auto listed = list(deadline); !listed)
            return std::unexpected(std::move(listed.error()));
        return hosts_.size();
    }

    Result<void> probe_all(const std::string& group, const std::function<void(const FleetHost&, Result<HostFacts>)>& take, Deadline deadline) override
    {
        if (auto listed = list(deadline); !listed)
            return listed;
        std::vector<Member> members;
        for (const Member& member : hosts_)
            if (group.empty() || member.seen.group == group)
                members.push_back(member);
        if (members.empty())
            return fail(ErrorKind::not_found, "no host is in the cluster " + excerpt(group, 80), "clusters there: " + groups());
        const std::int64_t now = session_->time(deadline);
        std::size_t number = 0;
        for (std::span<const Member> rest = members; !rest.empty(); rest = rest.subspan(std::min(hosts_a_slice, rest.size())))
            if (auto read = read_slice(rest.first(std::min(hosts_a_slice, rest.size())), ++number, now, take, deadline); !read)
                return read;
        return {};
    }

private:
    struct Member {
        Ref host;
        FleetHost seen;
    };

    Result<void> list(Deadline deadline)
    {
        if (!hosts_.empty())
            return {};
        const auto entries = list_hosts(*session_, deadline);
        if (!entries)
            return std::unexpected(entries.error());
        auto names = cluster_names(*entries, deadline);
        if (!names)
            return std::unexpected(std::move(names.error()));
        for (const HostEntry& entry : *entries)
            hosts_.push_back({entry.host, {entry.name, (*names)[entry.parent]}});
        return {};
    }

    Result<std::map<Ref, std::string>> cluster_names(const std::vector<HostEntry>& entries, Deadline deadline)
    {
        std::map<Ref, std::string> names;
        std::vector<ObjectSpec> clusters;
        for (const HostEntry& entry : entries)
            if (entry.parent.type == "ClusterComputeResource" && names.emplace(entry.parent, "").second)
                clusters.push_back({.object = entry.parent});
        const auto take = [&](const std::vector<ObjectContent>& page) {
            for (const ObjectContent& object : page)
                names[object.object] = as_utf8(object.text("name"));
        };
        if (clusters.empty())
            return names;
        auto read = retrieve(*session_, {{"ClusterComputeResource", {"name"}}}, clusters, "clusters", take, deadline);
        return read ? Result<std::map<Ref, std::string>>{std::move(names)} : std::unexpected(std::move(read.error()));
    }

    std::string groups() const
    {
        std::vector<std::string> names;
        for (const Member& member : hosts_)
            if (!member.seen.group.empty() && std::ranges::find(names, member.seen.group) == names.end())
                names.push_back(member.seen.group);
        std::string out;
        for (const std::string& name : names)
            out += (out.empty() ? "" : ", ") + excerpt(name, 80);
        return out.empty() ? "none" : out;
    }

    /// One request; the host of each VM is among its properties.
    Result<void> read_slice(std::span<const Member> members, std::size_t number, std::int64_t now,
                            const std::function<void(const FleetHost&, Result<HostFacts>)>& take, Deadline deadline)
    {
        std::vector<ObjectSpec> objects;
        for (const Member& member : members)
            objects.push_back({.object = member.host, .follow_type = "HostSystem", .follow_path = "vm"});
        std::map<Ref, Result<HostFacts>> facts;
        std::size_t stray = 0;
        const auto read_page = [&](const std::vector<ObjectContent>& page) {
            for (const ObjectContent& object : page)
                if (object.object.type == "HostSystem")
                    facts.insert_or_assign(object.object, host_facts_of(object, now));
            for (const ObjectContent& object : page) {
                if (object.object.type != "VirtualMachine")
                    continue;
                const auto host = facts.find(ref_of(object.node("runtime.host")));
                if (host == facts.end())
                    ++stray;
                else if (host->second)
                    add_vm(object, "", *host->second);
            }
        };
        if (auto read = retrieve(*session_, {host_properties(), vm_properties()}, objects, "facts of slice " + std::to_string(number), read_page, deadline); !read)
            return read;
        for (const Member& member : members) {
            const auto found = facts.find(member.host);
            if (found == facts.end()) {
                take(member.seen, fail(ErrorKind::not_found, "the host is gone from the inventory"));
                continue;
            }
            if (found->second)
                complete_facts(*found->second, std::nullopt);
            if (found->second && stray > 0)
                found->second->unknown.push_back(std::to_string(stray) + " VMs came without a host that was asked for");
            take(member.seen, std::move(found->second));
        }
        return {};
    }

    std::shared_ptr<Session> session_;
    std::vector<Member> hosts_;
};

}  // namespace

std::unique_ptr<Fleet> make_api_fleet(std::shared_ptr<Session> session)
{
    return std::make_unique<ApiFleet>(std::move(session));
}

}  // namespace gpupass::esxi
