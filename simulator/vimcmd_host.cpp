#include "text.hpp"
#include "vimcmd.hpp"

#include <fmt/core.h>

#include <algorithm>

// hostsvc and the licence.

namespace gpupass::sim {

namespace {

std::string license_text(const Host& host, bool evaluation)
{
    const auto version = host.world.version.substr(0, 3);
    std::string text = "[200] Sending request for installed licenses...[200] Complete, result is:\n";
    if (evaluation)
        return text +
            fmt::format("   serial: 00000-00000-00000-00000-00000\n"
                        "   vmodl key: esx.eval.entitlement.cpuCoreMin\n   name: VMware ESX Server\n"
                        "   total: 1\n   used: 1\n   unit: host\n   Properties:\n"
                        "     [expirationDate] = {}\n     [expirationHours] = 1042\n"
                        "     [ProductName] = VMware ESX Server\n     [ProductVersion] = {}\n"
                        "[200] End of report.\n",
                        utc(host.clock() + 1042 * 3600, "%Y-%m-%dT%H:%M:%SZ"), version);
    return text +
        fmt::format("   serial: 4H2NM-XXXXX-XXXXX-XXXXX-2KM6V\n"
                    "   vmodl key: esx.hypervisor.cpuPackageCoreLimited\n   name: vSphere {} Hypervisor\n"
                    "   total: 0\n   used: 1\n   unit: cpuPackage\n   Properties:\n"
                    "     [ProductName] = VMware ESX Server\n     [ProductVersion] = {}\n"
                    "     [count_disabled] = This license is unlimited\n"
                    "     [feature] = vsmp:8 (\"Up to 8-way virtual SMP\")\n"
                    "[200] End of report.\n",
                    version[0], version);
}

VimAnswer license(Host& host, const VimArguments&) { return {license_text(host, host.faults.has("eval")), "", 0}; }

bool needs_reboot(const World& world)
{
    return world.settings.kernel != world.kernel || std::ranges::any_of(world.settings.owners, [&](const auto& entry) {
               const auto now = world.owners.find(entry.first);
               return now != world.owners.end() && now->second != entry.second;
           });
}

VimAnswer host_summary(Host& host, const VimArguments&)
{
    const auto& world = host.world;
    const auto build = product_build(host);
    const auto node = vim_object(
        "", "vim.host.Summary",
        {vim_raw("host", "'vim.HostSystem:ha-host'"),
         vim_object("hardware", "vim.host.Summary.HardwareSummary",
                    {vim_text("vendor", "Intel(R) Client Systems"), vim_text("model", "NUC11PAKi5"),
                     vim_text("uuid", system_uuid()), vim_raw("memorySize", std::to_string(host_memory_mb << 20)),
                     vim_text("cpuModel", "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz"), vim_raw("cpuMhz", "2419"),
                     vim_raw("numCpuPkgs", "1"), vim_raw("numCpuCores", "4"), vim_raw("numCpuThreads", "8"),
                     vim_raw("numNics", "1"), vim_raw("numHBAs", "3")}),
         vim_object("runtime", "vim.host.RuntimeInfo",
                    {vim_text("connectionState", "connected"), vim_text("powerState", "poweredOn"),
                     vim_bool("inMaintenanceMode", world.settings.maintenance),
                     vim_text("bootTime", utc(world.boot_time + world.clock_offset, "%Y-%m-%dT%H:%M:%SZ"))}),
         vim_object("config", "vim.host.Summary.ConfigSummary",
                    {vim_text("name", "nuc11.home"), vim_raw("port", "902"),
                     vim_object("product", "vim.AboutInfo",
                                {vim_text("name", "VMware ESXi"),
                                 vim_text("fullName", fmt::format("VMware ESXi {} build-{}", world.version, build)),
                                 vim_text("version", world.version), vim_text("build", build),
                                 vim_text("osType", "vmnix-x86"), vim_text("productLineId", "embeddedEsx"),
                                 vim_text("apiType", "HostAgent"), vim_text("apiVersion", world.version + ".0"),
                                 vim_text("licenseProductName", "VMware ESX Server")}),
                     vim_bool("vmotionEnabled", false)}),
         vim_text("overallStatus", "green"), vim_bool("rebootRequired", needs_reboot(world))});
    return {to_text(node), "", 0};
}

VimAnswer autostart_sequence(Host& host, const VimArguments&)
{
    std::vector<VimNode> list;
    for (const auto& entry : host.world.settings.autostart_entries)
        list.push_back(
            vim_object("", "vim.host.AutoStartManager.AutoPowerInfo",
                       {vim_raw("key", fmt::format("'vim.VirtualMachine:{}'", entry.vm)),
                        vim_raw("startOrder", std::to_string(entry.order)),
                        vim_raw("startDelay", std::to_string(entry.start_delay)),
                        vim_text("waitForHeartbeat", "systemDefault"), vim_text("startAction", entry.start_action),
                        vim_raw("stopDelay", "0"), vim_text("stopAction", entry.stop_action)}));
    return {to_text(vim_list("", "vim.host.AutoStartManager.AutoPowerInfo", std::move(list))), "", 0};
}

VimAnswer autostart_defaults(Host& host, const VimArguments&)
{
    return {to_text(vim_object("", "vim.host.AutoStartManager.SystemDefaults",
                               {vim_bool("enabled", host.world.settings.autostart), vim_raw("startDelay", "120"),
                                vim_raw("stopDelay", "120"), vim_bool("waitForHeartbeat", false),
                                vim_text("stopAction", "PowerOff")})),
            "", 0};
}

VimAnswer enable_autostart(Host& host, const VimArguments& arguments)
{
    host.world.settings.autostart = arguments[0] == "1" || arguments[0] == "true";
    host.changed = true;
    return {"Enabled AutoStart\n", "", 0};
}

// VMID STARTACTION STARTDELAY STARTORDER STOPACTION STOPDELAY WAITFORHEARTBEAT
VimAnswer update_autostart(Host& host, const VimArguments& arguments)
{
    const Vm* vm = find_vm(host, arguments[0]);
    if (!vm)
        return no_such_vm(arguments[0]);
    auto& entries = host.world.settings.autostart_entries;
    std::erase_if(entries, [&](const auto& entry) { return entry.vm == vm->id; });
    const auto number = [&](std::size_t at) { return static_cast<int>(to_number(arguments[at]).value_or(-1)); };
    if (!same_word(arguments[1], "none"))
        entries.push_back({vm->id, number(3), number(2), arguments[1], arguments[4]});
    std::ranges::stable_sort(entries, {}, &AutostartEntry::order);
    host.changed = true;
    return {"Updated AutoStart order.\n", "", 0};
}

VimAnswer enable_ssh(Host& host, const VimArguments&)
{
    host.world.settings.ssh_with_host = true;
    host.changed = true;
    return {};
}

}  // namespace

void add_host_answers(VimCommands& commands)
{
    commands["vimsvc/license"] = {1, license};
    commands["hostsvc/hostsummary"] = {0, host_summary};
    commands["hostsvc/autostartmanager/get_autostartseq"] = {0, autostart_sequence};
    commands["hostsvc/autostartmanager/get_defaults"] = {0, autostart_defaults};
    commands["hostsvc/autostartmanager/enable_autostart"] = {1, enable_autostart};
    commands["hostsvc/autostartmanager/update_autostartentry"] = {7, update_autostart};
    commands["hostsvc/enable_ssh"] = {0, enable_ssh};
    commands["hostsvc/start_ssh"] = {0, [](Host&, const VimArguments&) { return VimAnswer{}; }};
}

}  // namespace gpupass::sim
