#include "hosts/esxi/api/config_spec.hpp"

#include "hosts/esxi/api/soap.hpp"
#include "hosts/esxi/fact_rules.hpp"
#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <map>

namespace gpupass::esxi {

namespace {

constexpr std::string_view device_prefix = "pciPassthru";

/// What an edit wants of the N-th device.
struct DeviceEdit {
    bool remove{};
    std::map<std::string, std::string> members;  // id, deviceId, vendorId, systemId, present
};

struct Sorted {
    std::map<int, DeviceEdit> devices;
    std::optional<Want> memory;  // sched.mem.min
    std::optional<Want> viommu;  // vvtd.enable
    std::optional<Want> nested;  // vhv.enable
};

Result<Sorted> sort_edits(const EditVm& edit)
{
    Sorted out;
    for (const Want& want : edit.edits) {
        const std::string_view key = want.key;
        const auto dot = key.find('.');
        const auto index = key.starts_with(device_prefix) && dot != key.npos ? parse_int(key.substr(device_prefix.size(), dot - device_prefix.size())) : std::nullopt;
        if (index) {
            DeviceEdit& device = out.devices[static_cast<int>(*index)];
            if (want.value)
                device.members[std::string{key.substr(dot + 1)}] = *want.value;
            else
                device.remove = true;
        } else if (key == "sched.mem.min") {
            out.memory = want;
        } else if (key == "vvtd.enable") {
            out.viommu = want;
        } else if (key == "vhv.enable") {
            out.nested = want;
        } else {
            return fail(ErrorKind::unsupported, "the API has no field for " + excerpt(key, 80), "change it in the Host Client");
        }
    }
    // "pciPassthru0.*" is expanded to the keys that are there; those that another want keeps are no removal.
    for (auto& [index, device] : out.devices)
        device.remove = device.remove && !device.members.contains("present");
    return out;
}

bool is_true(const std::optional<Want>& want)
{
    return want && want->value && parse_bool(*want->value).value_or(false);
}

/// Ids go as signed shorts; the device's own as hexadecimal text.
Result<std::string> added_device(const DeviceEdit& edit, const PresentDevice* present, const VmNow& now, int number)
{
    // What an edit does not name stays as it is.
    const auto member = [&](const char* name) {
        const auto found = edit.members.find(name);
        if (found != edit.members.end())
            return found->second;
        const auto old = present ? present->members.find(name) : edit.members.end();
        return present && old != present->members.end() ? old->second : std::string{};
    };
    const auto address = parse_vmx_address(member("id"));
    const auto vendor = parse_hex16(member("vendorId")), device = parse_hex16(member("deviceId"));
    const std::string system_id = now.system_id.empty() ? member("systemId") : now.system_id;
    if (!address || !vendor || !device)
        return fail(ErrorKind::failed, "the plan does not say which function the VM shall get");
    if (system_id.empty())
        return fail(ErrorKind::failed, "the host does not offer " + to_string(*address) + " to this VM: it is not in effect as passthrough",
                    "look at `gpupass inspect`, then `gpupass resume`");
    const std::string backing = leaf("deviceName", "") + leaf("id", to_string(*address)) + leaf("deviceId", hex_id(*device)) +
                                leaf("systemId", system_id) + leaf("vendorId", std::to_string(static_cast<std::int16_t>(*vendor)));
    return branch("device", leaf("key", std::to_string(-100 - number)) + branch("backing", backing, "VirtualPCIPassthroughDeviceBackingInfo"), "VirtualPCIPassthrough");
}

Result<std::string> device_changes(const Sorted& sorted, const VmNow& now)
{
    std::string out;
    int number = 0;
    for (const auto& [index, edit] : sorted.devices) {
        const auto present = std::ranges::find(now.devices, index, &PresentDevice::index);
        // An existing device is replaced: taken out, and put in anew.
        if (present != now.devices.end())
            out += branch("deviceChange", leaf("operation", "remove") + branch("device", leaf("key", present->key), "VirtualPCIPassthrough"));
        if (edit.remove)
            continue;
        const auto device = added_device(edit, present == now.devices.end() ? nullptr : &*present, now, number++);
        if (!device)
            return device;
        out += branch("deviceChange", leaf("operation", "add") + *device);
    }
    return out;
}

}  // namespace

Result<std::string> config_spec(const EditVm& edit, const VmNow& now)
{
    const auto sorted = sort_edits(edit);
    if (!sorted)
        return std::unexpected(sorted.error());
    const auto devices = device_changes(*sorted, now);
    if (!devices)
        return devices;
    std::string spec = leaf("changeVersion", now.change_version);
    if (sorted->viommu)
        spec += branch("flags", leaf("vvtdEnabled", word(is_true(sorted->viommu))));
    std::string memory, locked;
    if (sorted->memory) {
        const std::string value = sorted->memory->value.value_or("0");
        if (!parse_int(value))
            return fail(ErrorKind::failed, "not a memory reservation in MB: " + excerpt(value, 40));
        memory = branch("memoryAllocation", leaf("reservation", value));
        locked = leaf("memoryReservationLockedToMax", word(now.memory_mb && value == std::to_string(*now.memory_mb)));
    }
    spec += *devices + memory + locked;
    if (sorted->nested)
        spec += leaf("nestedHVEnabled", word(is_true(sorted->nested)));
    return branch("spec", spec);
}

std::string spec_words(const EditVm& edit)
{
    const auto sorted = sort_edits(edit);
    if (!sorted)
        return sorted.error().what;
    std::string out;
    const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
    if (sorted->viommu)
        add(std::string{"flags.vvtdEnabled = "} + word(is_true(sorted->viommu)));
    if (sorted->memory)
        add("memoryAllocation.reservation = " + sorted->memory->value.value_or("0") + " MB, locked to the memory size when that is all of it");
    for (const auto& [index, device] : sorted->devices) {
        const auto id = device.members.find("id");
        const auto address = id == device.members.end() ? std::nullopt : parse_vmx_address(id->second);
        add(device.remove ? "remove the VirtualPCIPassthrough with key " + std::to_string(13'000 + index)
                          : "add a VirtualPCIPassthrough for " + (address ? to_string(*address) : std::string{"the device"}));
    }
    if (sorted->nested)
        add(std::string{"nestedHVEnabled = "} + word(is_true(sorted->nested)));
    return out;
}

}  // namespace gpupass::esxi
