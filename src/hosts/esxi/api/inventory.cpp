#include "hosts/esxi/api/inventory.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

Result<Ref> container_view(Session& session, const ServiceContent& content, const char* type, Deadline deadline)
{
    const std::string arguments = leaf("container", content.root_folder) + leaf("type", type) + leaf("recursive", "true");
    const auto view = session.ask({.method = "CreateContainerView", .object = content.view_manager, .arguments = arguments, .name = "view of hosts"}, deadline);
    if (!view)
        return std::unexpected(view.error());
    return ref_of(view->value());
}

std::string names_of(const std::vector<const HostEntry*>& hosts)
{
    constexpr std::size_t most = 10;
    std::string out;
    for (std::size_t i = 0; i < std::min(hosts.size(), most); ++i)
        out += (i ? ", " : "") + excerpt(hosts[i]->name, 80);
    return hosts.size() > most ? out + " and " + std::to_string(hosts.size() - most) + " more" : out;
}

}  // namespace

Result<std::vector<HostEntry>> list_hosts(Session& session, Deadline deadline)
{
    const auto content = session.open(deadline);
    if (!content)
        return std::unexpected(content.error());
    const auto view = container_view(session, *content, "HostSystem", deadline);
    if (!view)
        return std::unexpected(view.error());
    std::vector<HostEntry> hosts;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page)
            if (object.object.type == "HostSystem")
                hosts.push_back({object.object, as_utf8(object.text("name")), ref_of(object.node("parent")),
                                 object.text("runtime.connectionState") == "connected"});
    };
    const auto read = retrieve(session, {{"HostSystem", {"name", "parent", "runtime.connectionState"}}},
                               {{.object = *view, .itself = false, .follow_type = "ContainerView", .follow_path = "view"}}, "hosts", take, deadline);
    (void)session.call({.method = "DestroyView", .object = *view, .arguments = {}, .name = {}}, deadline);
    if (!read)
        return std::unexpected(read.error());
    std::ranges::sort(hosts, {}, &HostEntry::name);
    return hosts;
}

Result<HostEntry> find_host(const std::vector<HostEntry>& hosts, std::string_view name)
{
    std::vector<const HostEntry*> found, all;
    for (const HostEntry& host : hosts) {
        all.push_back(&host);
        if (name.empty() || host.name == name || host.host.id == name)
            found.push_back(&host);
    }
    if (found.size() == 1)
        return *found.front();
    if (name.empty() && !found.empty())
        return fail(ErrorKind::usage, "there are " + std::to_string(hosts.size()) + " hosts behind this address, and this command works on one",
                    "add its name to the address, vsphere://VCENTER/HOST: " + names_of(found));
    const std::string what = found.empty() ? "no host is called " : "several hosts are called ";
    return fail(ErrorKind::not_found, what + excerpt(name, 100), "hosts there: " + names_of(all));
}

Result<Datacenter> datacenter_of(Session& session, const Ref& object, Deadline deadline)
{
    constexpr int deepest = 32;
    Datacenter found;
    Ref at = object;
    for (int depth = 0; depth < deepest && !at.id.empty(); ++depth) {
        std::string name;
        Ref parent;
        const auto take = [&](const std::vector<ObjectContent>& page) {
            for (const ObjectContent& content : page) {
                name = as_utf8(content.text("name"));
                parent = ref_of(content.node("parent"));
            }
        };
        const auto read = retrieve(session, {{"ManagedEntity", {"name", "parent"}}}, {{.object = at}}, "", take, deadline);
        if (!read)
            return std::unexpected(read.error());
        if (at.type == "Datacenter")
            found = {.ref = at, .path = name};
        else if (!found.ref.id.empty() && !parent.id.empty())  // a folder of datacenters; the root folder has no name in a path
            found.path = name + "/" + found.path;
        at = parent;
    }
    if (found.ref.id.empty())
        return fail(ErrorKind::not_found, "the datacenter of " + object.id + " cannot be found");
    return found;
}

}  // namespace gpupass::esxi
