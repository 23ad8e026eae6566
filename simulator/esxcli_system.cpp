#include "esxcli.hpp"
#include "text.hpp"

#include <fmt/core.h>

// esxcli system, hardware platform, network, storage.

namespace gpupass::sim {

namespace {

using Type = EsxField::Type;

EsxOutcome structure(std::string type_name, std::vector<EsxField> fields)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::structure, std::move(type_name), {{"", std::move(fields)}}, {}};
    return outcome;
}

EsxOutcome version(Host& host, const EsxOptions&)
{
    return structure("VersionGet",
                     {{"Product", "VMware ESXi"},
                      {"Version", host.world.version},
                      {"Build", "Releasebuild-" + product_build(host)},
                      {"Update", "3"},
                      {"Patch", host.is_8() ? "60" : "20"}});
}

EsxOutcome uptime(Host& host, const EsxOptions&)
{
    return esx_simple(fmt::format("{}", static_cast<long long>((host.now() - host.world.boot_time) * 1e6)),
                      Type::integer);
}

EsxOutcome maintenance(Host& host, const EsxOptions&)
{
    return esx_simple(host.world.settings.maintenance ? "Enabled" : "Disabled");
}

// Entering waits until no machine runs.
EsxOutcome set_maintenance(Host& host, const EsxOptions& options)
{
    const auto wanted = to_bool(options.at("enable"));
    auto& now = host.world.settings.maintenance;
    if (!wanted)
        return esx_error("Error: Invalid value for parameter enable: " + options.at("enable"));
    if (*wanted == now)
        return esx_error(now ? "maintenance mode is already enabled" : "maintenance mode is already disabled");
    if (*wanted && any_vm_runs(host)) {
        EsxOutcome waits;
        waits.not_yet = true;
        return waits;
    }
    now = *wanted;
    host.changed = true;
    return {};
}

EsxStructure kernel_row(const Host& host, const KernelOption& option)
{
    const EsxField name{"Name", option.name};
    const EsxField type{"Type", option.type};
    const EsxField configured{"Configured", host.world.settings.kernel.at(option.name)};
    const EsxField runtime{"Runtime", host.world.kernel.at(option.name)};
    const EsxField fallback{"Default", option.fallback};
    const EsxField description{"Description", option.description};
    if (host.is_8())
        return {"", {name, type, configured, runtime, fallback, description}};
    return {"", {name, type, description, configured, runtime, fallback}};
}

EsxOutcome kernel_list(Host& host, const EsxOptions& options)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::table, "KernelSettings", {}, {}};
    const auto wanted = options.find("option");
    for (const auto& option : kernel_options())
        if (wanted == options.end() || wanted->second == option.name)
            outcome.result.structures.push_back(kernel_row(host, option));
    if (outcome.result.structures.empty())
        return esx_error("Error: Unable to find option " + wanted->second);
    return outcome;
}

EsxOutcome kernel_set(Host& host, const EsxOptions& options)
{
    const auto found = host.world.settings.kernel.find(options.at("setting"));
    if (found == host.world.settings.kernel.end())
        return esx_error("Error: Unable to find option " + options.at("setting"));
    const bool is_number = found->second.find_first_not_of("0123456789") == std::string::npos;
    const auto value = to_bool(options.at("value"));
    if (is_number ? !to_c_number(options.at("value")) : !value)
        return esx_error(fmt::format("Error: Invalid value {} for option {}", options.at("value"), found->first));
    found->second = is_number ? options.at("value") : *value ? "TRUE" : "FALSE";
    host.changed = true;
    return {};
}

EsxOutcome advanced_list(Host& host, const EsxOptions& options)
{
    const auto wanted = options.find("option");
    if (wanted != options.end() && wanted->second != "/UserVars/ESXiShellTimeOut")
        return esx_error("Error: Unable to find branch " + wanted->second);
    EsxOutcome outcome;
    const auto timeout = std::to_string(host.world.settings.shell_timeout);
    outcome.result = {EsxResult::Shape::structure,
                      "Option",
                      {{"",
                        {{"Path", "/UserVars/ESXiShellTimeOut"},
                         {"Type", "integer"},
                         {"Int Value", timeout, Type::integer},
                         {"Default Int Value", "0", Type::integer},
                         {"Min Value", "0", Type::integer},
                         {"Max Value", "86400", Type::integer},
                         {"String Value", ""},
                         {"Default String Value", ""},
                         {"Valid Characters", ""},
                         {"Description",
                          "Time before automatically disabling local and remote shell access (in seconds, 0 "
                          "disables).  Takes effect after the services are restarted."}}}},
                      {}};
    return outcome;
}

EsxOutcome shutdown_reboot(Host& host, const EsxOptions& options)
{
    const auto delay = to_number(options.contains("delay") ? options.at("delay") : "10");
    if (!host.world.settings.maintenance)
        return esx_error("Error: The host is not in maintenance mode: the operation is not allowed.");
    if (!delay || *delay < 10)
        return esx_error("Error: Invalid value for parameter delay: at least 10 seconds");
    log_hostd(host, "Reboot requested: " + options.at("reason"));
    host.schedule(static_cast<double>(*delay) / 50, "go-down");  // ten seconds of there are 0.2 of here
    return {};
}

EsxOutcome platform(Host&, const EsxOptions&)
{
    return structure("PlatformGet",
                     {{"UUID", "0xd 0x3f 0x8a 0x5f 0x24 0x9e 0x6 0x4b 0xd1 0xc8 0x1c 0x69 0x7a 0x6f 0xb 0x3d"},
                      {"Product Name", "NUC11PAKi5"},
                      {"Vendor Name", "Intel(R) Client Systems"},
                      {"Serial Number", "GEPA11800ABC"},
                      {"Enclosure Serial Number", "Default string"},
                      {"BIOS Asset Tag", "Default string"},
                      {"IPMI Supported", "false", Type::boolean}});
}

EsxOutcome memory(Host&, const EsxOptions&)
{
    return structure("MemoryGet",
                     {{"Physical Memory", std::to_string(host_memory_mb << 20) + " Bytes"},
                      {"Reliable Memory", "0 Bytes"},
                      {"NUMA Node Count", "1", Type::integer}});
}

EsxOutcome filesystems(Host& host, const EsxOptions&)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::table, "VMFSVolume", {}, {}};
    const auto row = [](const std::string& label, const std::string& uuid, const char* type, const char* size,
                        const char* free) {
        return EsxStructure{"",
                            {{"Mount Point", "/vmfs/volumes/" + uuid},
                             {"Volume Name", label},
                             {"UUID", uuid},
                             {"Mounted", "true", Type::boolean},
                             {"Type", type},
                             {"Size", size, Type::integer},
                             {"Free", free, Type::integer}}};
    };
    outcome.result.structures = {
        row("datastore1", datastore_uuid(), "VMFS-6", "493921239040", host.disk.datastore_full ? "0" : "395136991232"),
        row("BOOTBANK1", "b9f6d5a2-0c3e77f1-5a41-1c697a6f0b01", "vfat", "4293591040", "4027449344")};
    return outcome;
}

EsxOutcome addresses(Host&, const EsxOptions&)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::table,
                      "IPv4Interface",
                      {{"",
                        {{"Name", "vmk0"},
                         {"IPv4 Address", "192.168.1.10"},
                         {"IPv4 Netmask", "255.255.255.0"},
                         {"IPv4 Broadcast", "192.168.1.255"},
                         {"Address Type", "STATIC"},
                         {"Gateway", "192.168.1.1"},
                         {"DHCP DNS", "false", Type::boolean}}}},
                      {}};
    return outcome;
}

}  // namespace

void add_system_commands(EsxCommands& commands)
{
    commands["system version get"] = {{}, version};
    commands["system uuid get"] = {{}, [](Host&, const EsxOptions&) { return esx_simple(system_uuid()); }};
    commands["system stats uptime get"] = {{}, uptime};
    commands["system hostname get"] = {{}, [](Host&, const EsxOptions&) {
                                           return structure("HostnameGet",
                                                            {{"Domain Name", "home"},
                                                             {"Fully Qualified Domain Name", "nuc11.home"},
                                                             {"Host Name", "nuc11"}});
                                       }};
    commands["system maintenanceMode get"] = {{}, maintenance};
    commands["system maintenanceMode set"] = {{{'e', "enable", false, true}, {'t', "timeout"}}, set_maintenance};
    commands["system settings kernel list"] = {{{'o', "option"}}, kernel_list};
    commands["system settings kernel set"] = {{{'s', "setting", false, true}, {'v', "value", false, true}}, kernel_set};
    commands["system settings advanced list"] = {{{'o', "option"}}, advanced_list};
    commands["system shutdown reboot"] = {{{'d', "delay"}, {'r', "reason", false, true}}, shutdown_reboot};
    commands["hardware platform get"] = {{}, platform};
    commands["hardware memory get"] = {{}, memory};
    commands["storage filesystem list"] = {{}, filesystems};
    commands["network ip interface ipv4 get"] = {{{'i', "interface-name"}, {'N', "netstack"}}, addresses};
}

}  // namespace gpupass::sim
