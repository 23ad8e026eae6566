#include "hosts/linux/vms.hpp"

#include "hosts/linux/igpu_notes.hpp"
#include "hosts/linux/keys.hpp"
#include "hosts/linux/libvirt/device_xml.hpp"
#include "hosts/linux/libvirt/domain_xml.hpp"
#include "hosts/linux/libvirt/memlock.hpp"
#include "model/text.hpp"
#include "transport/libvirt.hpp"

#include <algorithm>

namespace gpupass::linux_host {

namespace {

Power power_of(std::string_view state)
{
    if (state == "shutoff" || state == "crashed")
        return Power::off;
    if (state == "pmsuspended")
        return Power::suspended;
    return state.empty() || state == "nostate" ? Power::unknown : Power::on;  // paused and shutting down ones hold their devices
}

/// Of libosinfo's id the part that tells something: http://debian.org/debian/12 is debian/12.
std::string guest_os_of(const DomainXml& domain)
{
    if (domain.os_id.empty())
        return domain.guest_os == GuestOs::windows ? "windows" : domain.guest_os == GuestOs::linux_os ? "linux" : "";
    const auto host = domain.os_id.find("://");
    const auto path = host == domain.os_id.npos ? host : domain.os_id.find('/', host + 3);
    return path == domain.os_id.npos ? domain.os_id : domain.os_id.substr(path + 1);
}

/// Ours are named by a word, so that a goal can name them too; another's by the very element that brings it back.
std::string hostdev_value(const Hostdev& device, std::string_view domain_xml)
{
    if (is_ours(device))
        return device.managed ? "managed" : "unmanaged";
    return device_element(domain_xml, *device.source).value_or("present");
}

void add_device(Vm& vm, const PciAddress& address)
{
    if (std::ranges::find(vm.devices, address, &VmDevice::address) == vm.devices.end())
        vm.devices.push_back({.index = static_cast<int>(vm.devices.size()), .address = address, .id_text = to_string(address), .present = true});
}

/// The functions of the host in a definition, network cards included.
void add_devices(Vm& vm, const DomainXml& domain)
{
    for (const Hostdev& device : domain.hostdevs)
        if (device.type == HostdevType::pci && device.source)
            add_device(vm, *device.source);
    for (const HostdevNic& nic : domain.nics)
        if (nic.source)
            add_device(vm, *nic.source);
}

/// What the VM will have at its next start, and what it has now: they differ when somebody changed one of the two.
void add_device_settings(HostFacts& facts, const Vm& vm, const DomainXml& domain, std::string_view xml, const std::optional<DomainXml>& live)
{
    const auto has = [](const DomainXml& d, const PciAddress& address) {
        return std::ranges::any_of(d.hostdevs, [&](const Hostdev& h) { return h.type == HostdevType::pci && h.source == address; });
    };
    for (const Hostdev& device : domain.hostdevs)
        if (device.type == HostdevType::pci && device.source) {
            const std::string value = hostdev_value(device, xml);
            const bool now = !live || has(*live, *device.source);
            facts.settings[hostdev_key(vm.name, *device.source)] = {value, now ? std::optional{value} : std::nullopt};
        }
    for (const Hostdev& device : live ? live->hostdevs : std::vector<Hostdev>{})
        if (device.type == HostdevType::pci && device.source && !has(domain, *device.source))
            facts.settings[hostdev_key(vm.name, *device.source)] = {std::nullopt, "present"};
}

Vm vm_of(HostFacts& facts, const LibvirtDomain& source)
{
    Vm vm{.id = source.uuid, .name = source.name, .power = power_of(source.state)};
    vm.autostart = source.autostart;
    vm.transient = !source.persistent;
    vm.paused = source.state == "paused";
    vm.saved = source.saved;
    const auto domain = parse_domain(source.config_xml);
    if (!domain) {
        vm.unreadable = domain.error().what;
        return vm;
    }
    vm.guest_os = guest_os_of(*domain);
    vm.memory_mb = domain->memory_mb;
    vm.viommu = !domain->viommu.empty();
    for (const PciDevice& device : facts.pci)
        for (Warning& note : igpu_notes(device, *domain))
            vm.igpu_notes.push_back(std::move(note));
    for (const Blocker& blocker : locked_memory(*domain, 1, std::nullopt).blockers) {
        vm.lock_trouble = blocker.why;
        vm.lock_fix = blocker.fix;
    }
    std::optional<DomainXml> live;
    if (!source.live_xml.empty())
        if (auto parsed = parse_domain(source.live_xml))
            live = std::move(*parsed);
    add_devices(vm, *domain);
    if (live)
        add_devices(vm, *live);
    add_device_settings(facts, vm, *domain, source.config_xml, live);
    return vm;
}

}  // namespace

void add_vms(HostFacts& facts, const Answer& answer)
{
    if (!answer.ok()) {
        const std::string said = answer.err.substr(0, answer.err.find_last_not_of("\n ") + 1);
        facts.vm_manager = answer.state == Answer::State::not_recorded ? "not recorded" : said.empty() ? "no answer in time" : printable(said);
        facts.unknown.push_back("which VMs there are: " + facts.vm_manager);
        return;
    }
    const auto domains = parse_domains(answer.out);
    if (!domains) {
        facts.vm_manager = domains.error().what;
        facts.unknown.push_back("which VMs there are: " + facts.vm_manager);
        return;
    }
    for (const LibvirtDomain& domain : *domains) {
        facts.vms.push_back(vm_of(facts, domain));
        const std::string power = to_string(facts.vms.back().power);
        facts.settings[vm_key(domain.name, "power")] = {power, power};
    }
}

}  // namespace gpupass::linux_host
