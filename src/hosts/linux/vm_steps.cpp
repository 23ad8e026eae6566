#include "hosts/linux/keys.hpp"
#include "hosts/linux/libvirt/device_xml.hpp"
#include "hosts/linux/steps.hpp"
#include "transport/libvirt.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

// VMs by libvirt. Of a domain's definition only our own element goes in and comes out, by the calls for one device: an XML that
// is read without its secrets is never written back.

namespace gpupass::linux_host {

namespace {

using Domains = std::vector<LibvirtDomain>;

Result<Domains> read_domains(Hands& hands)
{
    const auto text = ask_well(hands, Libvirt{Libvirt::Call::domains});
    if (!text)
        return std::unexpected(text.error());
    return parse_domains(*text);
}

bool is_on(const LibvirtDomain& domain)
{
    return domain.state != "shutoff" && domain.state != "crashed";
}

/// The domain that the facts know by that name: by its UUID, which a new one of the same name does not have.
Result<const LibvirtDomain*> find_domain(const Hands& hands, const Domains& domains, const std::string& name)
{
    const auto vm = std::ranges::find(hands.facts.vms, name, &Vm::name);
    const auto found = vm == hands.facts.vms.end() ? domains.end() : std::ranges::find(domains, vm->id, &LibvirtDomain::uuid);
    if (found == domains.end())
        return fail(ErrorKind::changed, "VM " + name + " is not on this host any more", "run the command again");
    return &*found;
}

Result<std::vector<std::string>> ids_of(const Hands& hands, const Domains& domains, const std::vector<std::string>& names, bool running)
{
    std::vector<std::string> ids;
    for (const std::string& name : names) {
        const auto domain = find_domain(hands, domains, name);
        if (!domain)
            return std::unexpected(domain.error());
        if (is_on(**domain) == running)
            ids.push_back((*domain)->uuid);
    }
    return ids;
}

/// Off, or on and running: a domain that is still being made is neither.
bool is_as_wanted(const LibvirtDomain& domain, bool on)
{
    return on ? domain.state == "running" || domain.state == "idle" : !is_on(domain);
}

std::vector<std::string> names_not(const Domains& domains, const std::vector<std::string>& ids, bool on)
{
    std::vector<std::string> names;
    for (const LibvirtDomain& domain : domains)
        if (std::ranges::find(ids, domain.uuid) != ids.end() && !is_as_wanted(domain, on))
            names.push_back(domain.name);
    return names;
}

/// Until the domains are all on, or off.
Result<void> wait_for_power(Hands& hands, const std::vector<std::string>& ids, bool on, std::chrono::milliseconds time)
{
    const Deadline deadline = Deadline::in(time);
    while (true) {
        const auto domains = read_domains(hands);
        if (!domains)
            return std::unexpected(domains.error());
        const auto waiting = names_not(*domains, ids, on);
        if (waiting.empty())
            return {};
        const std::string names = fmt::format("{}", fmt::join(waiting, ", "));
        if (deadline.passed())
            return fail(ErrorKind::timeout, fmt::format("{} did not {} within {} s", names, on ? "start" : "shut down", std::chrono::duration_cast<std::chrono::seconds>(time).count()),
                        on ? "look at its log in /var/log/libvirt/qemu" : "shut it down from inside, then `gpupass resume`; or cut it off: --power-off NAME");
        if (auto waited = wait_a_bit(hands, names + (on ? ": starting" : ": shutting down")); !waited)
            return waited;
    }
}

Result<void> attach(Hands& hands, const LibvirtDomain& domain, const PciAddress& device, const std::string& wanted)
{
    std::string xml = wanted;
    if (!wanted.starts_with('<')) {
        const auto parsed = parse_domain(domain.config_xml);
        if (!parsed)
            return at(parsed.error(), "VM " + domain.name);
        const auto made = hostdev_xml(PciHostdev{.source = device, .managed = wanted != "unmanaged", .alias = free_aliases(*parsed, 1).front()});
        if (!made)
            return std::unexpected(made.error());
        xml = *made;
    }
    const auto done = ask_well(hands, Libvirt{Libvirt::Call::attach_config, domain.uuid, xml});
    return done ? Result<void>{} : at(done.error(), "VM " + domain.name);
}

Result<void> detach(Hands& hands, const LibvirtDomain& domain, const PciAddress& device)
{
    const auto element = device_element(domain.config_xml, device);
    if (!element)
        return {};  // it is not there
    const auto done = ask_well(hands, Libvirt{Libvirt::Call::detach_config, domain.uuid, *element});
    return done ? Result<void>{} : at(done.error(), "VM " + domain.name);
}

/// The wanted value of the device's setting: the step's change names the device only.
std::string wanted_value(const std::vector<Want>& sets, const std::string& key)
{
    const auto found = std::ranges::find(sets, key, &Want::key);
    return found == sets.end() ? "managed" : found->value.value_or("managed");
}

}  // namespace

Result<void> change_hostdevs(Hands& hands, const ChangeHostdevs& change, const std::vector<Want>& sets)
{
    for (const auto* list : {&change.remove, &change.add})
        for (const PciAddress& device : *list) {
            const auto domains = read_domains(hands);  // afresh each time: aliases must differ
            if (!domains)
                return std::unexpected(domains.error());
            const auto domain = find_domain(hands, *domains, change.vm);
            if (!domain)
                return std::unexpected(domain.error());
            const bool there = device_element((*domain)->config_xml, device).has_value();
            Result<void> done;
            if (list == &change.remove)
                done = detach(hands, **domain, device);
            else if (!there)
                done = attach(hands, **domain, device, wanted_value(sets, hostdev_key(change.vm, device)));
            if (!done)
                return done;
        }
    return {};
}

Result<void> stop_vms(Hands& hands, const StopVms& change)
{
    const auto domains = read_domains(hands);
    if (!domains)
        return std::unexpected(domains.error());
    const auto ask = ids_of(hands, *domains, change.ask, true);
    const auto cut = ids_of(hands, *domains, change.cut, true);
    if (!ask || !cut)
        return std::unexpected(ask ? cut.error() : ask.error());
    for (const std::string& id : *ask)
        if (auto sent = ask_well(hands, Libvirt{Libvirt::Call::shutdown, id}); !sent)
            return std::unexpected(sent.error());
    for (const std::string& id : *cut)
        if (auto sent = ask_well(hands, Libvirt{Libvirt::Call::destroy, id}); !sent)
            return std::unexpected(sent.error());
    std::vector<std::string> all = *ask;
    all.insert(all.end(), cut->begin(), cut->end());
    return wait_for_power(hands, all, false, hands.times.shutdown);
}

Result<void> start_vms(Hands& hands, const StartVms& change)
{
    const auto domains = read_domains(hands);
    if (!domains)
        return std::unexpected(domains.error());
    const auto ids = ids_of(hands, *domains, change.vms, false);
    if (!ids)
        return std::unexpected(ids.error());
    for (const std::string& id : *ids) {
        const auto time = std::exchange(hands.machine.query_time, hands.times.start);  // all of a guest's memory is pinned first
        auto sent = ask_well(hands, Libvirt{Libvirt::Call::start, id});
        hands.machine.query_time = time;
        if (sent)
            continue;
        const auto now = read_domains(hands);  // somebody else may have been faster
        if (!now || !names_not(*now, {id}, true).empty())
            return std::unexpected(sent.error());
    }
    return wait_for_power(hands, *ids, true, hands.times.start);
}

}  // namespace gpupass::linux_host
