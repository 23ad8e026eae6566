#include "host.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>

// What hostd knows of its virtual machines.

namespace gpupass::sim {

Vm* find_vm(Host& host, int id)
{
    const auto found = std::ranges::find(host.world.vms, id, &Vm::id);
    return found == host.world.vms.end() ? nullptr : &*found;
}

Vm* find_vm(Host& host, const std::string& wanted)
{
    if (const auto id = to_number(wanted))
        if (Vm* vm = find_vm(host, static_cast<int>(*id)))
            return vm;
    const auto path = host.disk.canonical(wanted);
    for (auto& vm : host.world.vms)
        if (path && vm.path == *path)
            return &vm;
    return nullptr;
}

Vm* find_vm_named(Host& host, const std::string& name)
{
    for (auto& vm : host.world.vms)
        if (vm_name(vm) == name)
            return &vm;
    return nullptr;
}

std::string vm_name(const Vm& vm)
{
    const auto file = vm.path.substr(vm.path.rfind('/') + 1);
    return Vmx{vm.text}.get_or("displayName", file.substr(0, file.rfind(".vmx")));
}

std::string vm_folder(const Vm& vm) { return vm.path.substr(0, vm.path.rfind('/')); }

std::string datastore_path(const Vm& vm)
{
    const std::string prefix = "/vmfs/volumes/" + datastore_uuid() + "/";
    return "[datastore1] " + (vm.path.starts_with(prefix) ? vm.path.substr(prefix.size()) : vm.path);
}

void load_vm(Host& host, Vm& vm)
{
    const auto text = host.disk.read(vm.path);
    host.changed = true;
    vm.invalid = !text;
    if (!text) {
        log_hostd(host, fmt::format("Failed to load virtual machine: {}", vm.path));
        return;
    }
    if (const auto duplicate = Vmx{*text}.duplicate()) {
        log_hostd(host, fmt::format("Failed to load virtual machine: File \"{}\" {}", vm.path, *duplicate));
        vm.invalid = true;
        return;
    }
    vm.text = *text;
}

int snapshot_count(const Host& host, const Vm& vm)
{
    const auto text = host.disk.read(vm.path.substr(0, vm.path.size() - 4) + ".vmsd");
    return text ? static_cast<int>(Vmx{*text}.number("snapshot.numSnapshots", 0)) : 0;
}

namespace {

// 00000:000:02.0, decimal, padded or not; also without the segment's own width.
std::string address_of(const std::string& id)
{
    const auto parts = split(id, ':');
    if (parts.size() != 3)
        return "";
    const auto dot = parts[2].find('.');
    const auto segment = to_number(parts[0]);
    const auto bus = to_number(parts[1]);
    const auto slot = to_number(parts[2].substr(0, dot));
    const auto function = dot == parts[2].npos ? std::nullopt : to_number(parts[2].substr(dot + 1));
    if (!segment || !bus || !slot || !function)
        return "";
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", *segment, *bus, *slot, *function);
}

}  // namespace

std::vector<PassthruEntry> passthru_entries(const Vmx& vmx)
{
    std::vector<PassthruEntry> entries;
    for (int i = 0; i < 16; ++i) {
        const auto key = fmt::format("pciPassthru{}.", i);
        if (!vmx.is_true(key + "present"))
            continue;
        const auto id = vmx.get_or(key + "id", "");
        entries.push_back({i, id, address_of(id)});
    }
    return entries;
}

bool has_gpu(const Host& host, const Vm& vm)
{
    return std::ranges::any_of(passthru_entries(Vmx{vm.text}), [&](const auto& entry) {
        const auto device = pci_device(host, entry.address);
        return device && device->is_display();
    });
}

bool is_windows(const Vm& vm) { return lower(Vmx{vm.text}.get_or("guestOS", "")).starts_with("windows"); }

// The one guest that has a machine of its own behind the guest port.
bool is_linux_guest(const Vm& vm) { return Vmx{vm.text}.get_or("guestOS", "").starts_with("debian"); }

bool any_vm_runs(const Host& host)
{
    return std::ranges::any_of(host.world.vms, [](const Vm& vm) { return vm.power == powered_on; });
}

}  // namespace gpupass::sim
