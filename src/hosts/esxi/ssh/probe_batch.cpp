#include "hosts/esxi/ssh/probe_batch.hpp"

#include "hosts/esxi/ssh/command.hpp"

namespace gpupass::esxi {

std::vector<Query> fixed_queries()
{
    return {
        Run{{"esxcli", "system", "version", "get"}},
        Run{{"esxcli", "hardware", "platform", "get"}},
        Run{{"esxcli", "system", "stats", "uptime", "get"}},
        Run{{"date", "+%s"}},
        Run{{"esxcli", "system", "uuid", "get"}},
        Run{{"esxcli", "system", "maintenanceMode", "get"}},
        Run{{"esxcli", "system", "settings", "kernel", "list", "-o", "vga"}},
        Run{{"esxcli", "hardware", "pci", "list"}},
        Run{{"esxcli", "hardware", "pci", "pcipassthru", "list"}},
        Run{{"esxcli", "system", "settings", "advanced", "list", "-o", "/UserVars/ESXiShellTimeOut"}},
        Run{{"esxcli", "network", "vswitch", "standard", "list"}},
        Run{{"esxcli", "vm", "process", "list"}},
        Run{{"vim-cmd", "vmsvc/getallvms"}},
        Run{{"vim-cmd", "vimsvc/license", "--show"}},
        Run{{"vim-cmd", "hostsvc/autostartmanager/get_autostartseq"}},
        Run{{"vim-cmd", "hostsvc/autostartmanager/get_defaults"}},
        Run{{"vim-cmd", "hostsvc/hostsummary"}},
        Run{{"chkconfig", "--list", "SSH"}},
        ReadLink{"/bootbank"},
        ReadFile{"/etc/vmware/passthru.map"},
        ReadFile{reboot_mark},
    };
}

}  // namespace gpupass::esxi
