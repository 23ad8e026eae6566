#pragma once

#include "model/pci.hpp"
#include "model/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Parsers of what esxcli and small shell tools print: text in, facts or an error with line and field out. The order of
// fields does not matter, unknown fields and noise lines are passed over, carriage returns are dropped.

namespace gpupass::esxi {

struct Version {
    std::string product;  // "VMware ESXi"
    std::string version;  // "7.0.3"
    std::string build;    // digits: "19482537"
};
/// `esxcli system version get`
Result<Version> parse_version(std::string_view text);

struct Platform {
    std::string product;  // "NUC11PAKi5"; "" when missing
    std::string vendor;
    std::string uuid;     // hexadecimal digits only
};
/// `esxcli hardware platform get`
Result<Platform> parse_platform(std::string_view text);

/// `esxcli system stats uptime get`: microseconds since the host booted.
Result<std::int64_t> parse_uptime_us(std::string_view text);
/// `date +%s`
Result<std::int64_t> parse_unix_time(std::string_view text);
/// `esxcli system uuid get`: what a .vmx calls systemId.
Result<std::string> parse_system_uuid(std::string_view text);
/// `esxcli system maintenanceMode get`
Result<bool> parse_maintenance(std::string_view text);

struct KernelOption {
    std::string configured;  // booleans in capitals
    std::string runtime;
};
/// `esxcli system settings kernel list -o NAME`; the columns stand in different orders in different releases.
Result<KernelOption> parse_kernel_option(std::string_view text, std::string_view name);

/// `esxcli hardware pci pcipassthru list`: what is configured for each function.
Result<std::map<PciAddress, bool>> parse_pcipassthru(std::string_view text);

/// `esxcli system settings advanced list -o PATH` of an option with an integer value.
Result<std::int64_t> parse_int_option(std::string_view text, std::string_view path);

/// A VM that runs.
struct VmProcess {
    std::string world_id;
    std::string uuid;  // hexadecimal digits only
    std::string name;
    std::string config_file;
};
/// `esxcli vm process list`. No text: no VM runs. A process whose file cannot be told is an error: nobody may take a VM
/// for one that is off because its name broke the list.
Result<std::vector<VmProcess>> parse_vm_processes(std::string_view text);

/// `esxcli network vswitch standard list`: physical NIC to the switch it serves.
std::map<std::string, std::string> parse_uplinks(std::string_view text);

/// `chkconfig --list SSH`: does the service start with the host?
Result<bool> parse_chkconfig(std::string_view text, std::string_view service);
/// `readlink /bootbank` or `ls -l /bootbank`: is it on a volume, or (boot disk not found) in memory?
Result<bool> parse_bootbank(std::string_view text);

}  // namespace gpupass::esxi
