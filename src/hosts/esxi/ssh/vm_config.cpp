#include "hosts/esxi/ssh/vm_config.hpp"

#include "hosts/esxi/fact_rules.hpp"
#include "hosts/esxi/text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace gpupass::esxi {

namespace {

constexpr std::array fixed_keys{"sched.mem.min", "sched.mem.minSize", "sched.mem.pin", "vvtd.enable", "vhv.enable"};
constexpr std::array device_keys{"id",          "deviceId",    "vendorId",       "systemId",    "present",    "pciSlotNumber",
                                 "subVendorId", "subDeviceId", "allowedDevices", "customLabel", "msiEnabled", "class"};
constexpr std::string_view device_prefix = "pciPassthru";

struct DeviceKey {
    int index{};
    std::string_view member;
};

/// `pciPassthru0.id`; not `pciPassthru.use64bitMMIO`, which is about the VM.
std::optional<DeviceKey> split_device_key(std::string_view key)
{
    if (!equals_ignoring_case(key.substr(0, device_prefix.size()), device_prefix))
        return std::nullopt;
    key.remove_prefix(device_prefix.size());
    const auto dot = key.find('.');
    const auto index = dot == std::string_view::npos || dot > 3 ? std::nullopt : parse_int(key.substr(0, dot));
    if (!index || *index < 0 || dot + 1 == key.size() || (dot > 1 && key[0] == '0'))
        return std::nullopt;
    return DeviceKey{static_cast<int>(*index), key.substr(dot + 1)};
}

template <class Names>
std::string_view spelled(const Names& names, std::string_view key)
{
    const auto found = std::ranges::find_if(names, [&](std::string_view name) { return equals_ignoring_case(name, key); });
    return found == names.end() ? key : std::string_view{*found};
}

bool is_true(const VmxDocument& document, std::string_view key)
{
    return parse_bool(document.get(key).value_or("")).value_or(false);
}

/// Absent means off; a value that is no boolean is not known.
std::optional<bool> flag(const VmxDocument& document, std::string_view key)
{
    const auto value = document.get(key);
    return value ? parse_bool(*value) : std::optional{false};
}

std::optional<std::int64_t> megabytes(const VmxDocument& document, std::string_view key)
{
    const auto value = parse_int(document.get(key).value_or(""));
    return value && *value >= 0 ? value : std::nullopt;
}

/// An encrypted configuration, or a virtual TPM, whose secrets a hand edit would invalidate.
bool is_encrypted(const VmxDocument& document)
{
    const auto entries = document.entries();
    return is_true(document, "vtpm.present") || std::ranges::any_of(entries, [](const VmxDocument::Entry& entry) {
               return lower(entry.name).starts_with("encryption.");
           });
}

std::vector<VmDevice> read_devices(const VmxDocument& document)
{
    std::map<int, VmDevice> devices;
    std::map<int, PciId> ids;
    std::map<int, int> id_parts;
    for (const VmxDocument::Entry& entry : document.entries()) {
        const auto key = split_device_key(entry.name);
        if (!key)
            continue;
        VmDevice& device = devices[key->index];
        device.index = key->index;
        const std::string_view member = spelled(device_keys, key->member);
        if (member == "id") {
            device.id_text = as_utf8(entry.value);
            device.address = parse_vmx_address(entry.value);
        } else if (member == "systemId") {
            device.system_id = as_utf8(entry.value);
        } else if (member == "present") {
            device.present = parse_bool(entry.value).value_or(false);
        } else if (const auto number = parse_hex16(entry.value); number && (member == "vendorId" || member == "deviceId")) {
            (member == "vendorId" ? ids[key->index].vendor : ids[key->index].device) = *number;
            ++id_parts[key->index];
        }
    }
    std::vector<VmDevice> out;
    for (auto& [index, device] : devices) {
        if (id_parts[index] == 2)
            device.id = ids[index];
        out.push_back(std::move(device));
    }
    return out;
}

void note_duplicates(const VmxDocument& document, Vm& vm)
{
    const auto doubles = document.duplicates();
    if (doubles.empty())
        return;
    const auto& twice = doubles.front();
    vm.unreadable = excerpt(twice.name, 80) + " stands there twice, on lines " + std::to_string(twice.first) + " and " +
                    std::to_string(twice.second);
}

}  // namespace

void read_vm_config(const VmxDocument& document, Vm& vm)
{
    vm.guest_os = as_utf8(document.get("guestOS").value_or(""));
    vm.memory_mb = megabytes(document, "memSize");
    vm.memory_reserved_mb = document.get("sched.mem.min") ? megabytes(document, "sched.mem.min") : std::optional<std::int64_t>{0};
    vm.viommu = flag(document, "vvtd.enable");
    vm.nested_hv = flag(document, "vhv.enable");
    vm.encrypted = is_encrypted(document);
    vm.devices = read_devices(document);
    if (vm.power == Power::off && !document.get("checkpoint.vmState").value_or("").empty())
        vm.power = Power::suspended;
    note_duplicates(document, vm);
}

std::optional<std::string> canonical_key(std::string_view key)
{
    if (const auto device = split_device_key(key))
        return std::string{device_prefix} + std::to_string(device->index) + "." + std::string{spelled(device_keys, device->member)};
    for (const char* name : fixed_keys)
        if (equals_ignoring_case(name, key))
            return name;
    return std::nullopt;
}

void add_vm_settings(const VmxDocument& document, std::string_view vm_name, Settings& settings)
{
    for (const VmxDocument::Entry& entry : document.entries()) {
        const auto key = canonical_key(entry.name);
        if (!key)
            continue;
        const Value value = is_utf8(entry.value) ? Value{entry.value} : std::nullopt;
        settings.insert_or_assign(vm_key(vm_name, *key), Setting{value, value});
    }
}

void add_unknown_vm_settings(std::string_view vm_name, Settings& settings)
{
    for (const char* key : fixed_keys)
        settings.insert_or_assign(vm_key(vm_name, key), Setting{});
}

Result<int> parse_snapshots(std::string_view text)
{
    const VmxDocument document{text};
    int listed = 0;
    for (const VmxDocument::Entry& entry : document.entries()) {
        const std::string name = lower(entry.name);
        listed += name.starts_with("snapshot") && name.ends_with(".uid") && name.size() > std::string_view{"snapshot.uid"}.size();
    }
    const auto number = document.get("snapshot.numSnapshots");
    if (!number)
        return listed;
    const auto count = parse_int(*number);
    if (!count || *count < 0 || *count > 10'000)
        return bad_text(0, "snapshot.numSnapshots", "not a number of snapshots: `" + excerpt(*number, 40) + "`");
    return std::max(listed, static_cast<int>(*count));
}

}  // namespace gpupass::esxi
