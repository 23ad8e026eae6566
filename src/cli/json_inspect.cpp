#include "cli/json_parts.hpp"
#include "cli/json_views.hpp"

namespace gpupass::cli {

namespace {

Json host_json(const InspectView& view)
{
    const HostFacts& f = view.facts;
    Json host{{"uri", view.uri},
              {"kind", f.kind},
              {"name", f.name},
              {"version", f.version},
              {"build", or_null(f.build)},
              {"uuid", or_null(f.uuid)},
              {"model", or_null(f.model)},
              {"licence", or_null(f.licence)},
              {"iommu", or_null(f.iommu)},
              {"console_gpu", f.console_gpu ? Json(to_string(*f.console_gpu)) : Json(nullptr)},
              {"maintenance", or_null(f.maintenance)},
              {"lockdown", or_null(f.lockdown)},
              {"autostart", or_null(f.autostart_enabled)},
              {"memory_mb", or_null(f.memory_mb)},
              {"memory_reservable_mb", or_null(f.memory_reservable_mb)},
              {"uptime_s", f.boot ? Json(f.boot->uptime_s) : Json(nullptr)}};
    host["way_back"] = {{"ssh_starts_with_host", or_null(f.way_back.ssh_starts_with_host)},
                        {"shell_timeout_s", or_null(f.way_back.shell_timeout_s)},
                        {"boot_volume_on_disk", or_null(f.way_back.boot_volume_on_disk)}};
    return host;
}

Json mode_json(const Mode& mode)
{
    return {{"possible", mode.possible}, {"why", mode.why}};
}

Json addresses_json(const std::vector<PciAddress>& addresses)
{
    Json list = Json::array();
    for (const PciAddress& address : addresses)
        list.push_back(to_string(address));
    return list;
}

Json gpu_json(const GpuView& gpu)
{
    const PciDevice& d = *gpu.device;
    return {{"address", to_string(d.address)},
            {"vendor_id", hex_id(d.id.vendor)},
            {"device_id", hex_id(d.id.device)},
            {"name", gpu.name},
            {"generation", or_null(gpu.generation)},
            {"owner", or_null(gpu.owner)},
            {"configured_owner", or_null(d.configured_owner)},
            {"driver", or_null(d.driver)},
            {"vm", or_null(gpu.vm)},
            {"group", addresses_json(d.group)},
            {"iommu_group", or_null(d.iommu_group)},
            {"holders", d.holders},
            {"state", gpu.state},
            {"passthrough_capable", or_null(d.passthrough_capable)},
            {"modes",
             {{"passthrough", mode_json(gpu.modes.passthrough)},
              {"gvtg", mode_json(gpu.modes.gvtg)},
              {"sriov", mode_json(gpu.modes.sriov)}}},
            {"assignable", mode_json(gpu.assignable)}};
}

Json device_json(const VmDevice& device)
{
    return {{"index", device.index},
            {"address", device.address ? Json(to_string(*device.address)) : Json(nullptr)},
            {"id_text", device.id_text},
            {"vendor_id", device.id ? Json(hex_id(device.id->vendor)) : Json(nullptr)},
            {"device_id", device.id ? Json(hex_id(device.id->device)) : Json(nullptr)},
            {"present", device.present}};
}

Json vm_json(const Vm& vm)
{
    Json devices = Json::array();
    for (const VmDevice& device : vm.devices)
        devices.push_back(device_json(device));
    return {{"id", vm.id},
            {"name", vm.name},
            {"power", to_string(vm.power)},
            {"guest_os", or_null(vm.guest_os)},
            {"memory_mb", or_null(vm.memory_mb)},
            {"memory_reserved_mb", or_null(vm.memory_reserved_mb)},
            {"viommu", or_null(vm.viommu)},
            {"nested_hv", or_null(vm.nested_hv)},
            {"encrypted", or_null(vm.encrypted)},
            {"snapshots", or_null(vm.snapshots)},
            {"tools_running", or_null(vm.tools_running)},
            {"question", or_null(vm.question)},
            {"autostart", or_null(vm.autostart)},
            {"devices", std::move(devices)},
            {"unreadable", or_null(vm.unreadable)}};
}

}  // namespace

std::string inspect_document(const InspectView& view)
{
    Json document = new_document();
    document["host"] = host_json(view);
    document["gpus"] = Json::array();
    for (const GpuView& gpu : view.gpus)
        document["gpus"].push_back(gpu_json(gpu));
    document["vms"] = Json::array();
    for (const Vm& vm : view.facts.vms)
        document["vms"].push_back(vm_json(vm));
    document["findings"] = findings_json(view.facts.findings);
    document["unknown"] = view.facts.unknown;
    return text_of(document);
}

std::string inspect_error_document(const std::string& uri, const Error& error)
{
    Json document = new_document();
    document["host"] = {{"uri", uri}};
    document["error"] = error_json(error);
    return text_of(document);
}

std::string hosts_document(const std::vector<std::string>& documents)
{
    std::string text = "{\n\"schema\": \"gpupass/1\",\n\"hosts\": [\n";
    for (std::size_t i = 0; i < documents.size(); ++i)
        text += (i == 0 ? "" : ",\n") + documents[i];
    return text + "]\n}\n";
}

}  // namespace gpupass::cli
