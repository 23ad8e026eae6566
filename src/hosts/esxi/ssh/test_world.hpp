#pragma once

#include "hosts/esxi/ssh/fake_esxi.hpp"
#include "hosts/esxi/ssh/ssh_host.hpp"
#include "hosts/host.hpp"

// For tests: the NUC 11 of the story, as its shell prints itself.

namespace gpupass::esxi {

inline std::string nuc11_pci(const std::string& configured = "VMkernel", const std::string& current = "VMkernel")
{
    return "0000:00:02.0\n   Address: 0000:00:02.0\n   VMkernel Name: \n   Vendor Name: Intel Corporation\n   Device Name: Iris(R) Xe Graphics\n   Configured Owner: " + configured +
           "\n   Current Owner: " + current + "\n   Vendor ID: 0x8086\n   Device ID: 0x9a49\n   SubVendor ID: 0x8086\n   SubDevice ID: 0x3003\n   Device Class: 0x0300\n   Module Name: None\n" +
           "   Passthru Capable: true\n   Parent Device: PCI 0:0:0:0\n   Dependent Device: PCI 0:0:2:0\n   Reset Method: Function reset\n\n" +
           "0000:01:00.0\n   Address: 0000:01:00.0\n   VMkernel Name: vmhba0\n   Configured Owner: VMkernel\n   Current Owner: VMkernel\n   Vendor ID: 0x144d\n   Device ID: 0xa808\n   Device Class: 0x0108\n" +
           "   Module Name: nvme_pcie\n   Passthru Capable: true\n   Dependent Device: PCI 0:1:0:0\n\n" +
           "0000:56:00.0\n   Address: 0000:56:00.0\n   VMkernel Name: vmnic0\n   Configured Owner: VMkernel\n   Current Owner: VMkernel\n   Vendor ID: 0x8086\n   Device ID: 0x15f3\n   Device Class: 0x0200\n" +
           "   Module Name: igc-community\n   Passthru Capable: true\n   Dependent Device: PCI 0:86:0:0\n";
}

inline std::string kernel_table(const std::string& configured, const std::string& runtime)
{
    return "Name  Type  Configured  Runtime  Default  Description\n----  ----  ----------  -------  -------  -----------\nvga   Bool  " + configured + std::string(12 - configured.size(), ' ') +
           runtime + std::string(9 - runtime.size(), ' ') + "TRUE     Enable/Disable VGA support.\n";
}

inline std::string passthru_table(const std::string& enabled)
{
    return "Device ID     Enabled\n------------  -------\n0000:00:02.0    " + enabled + "\n0000:01:00.0    false\n0000:56:00.0    false\n";
}

inline FakeEsxi nuc11()
{
    FakeEsxi host;
    const auto says = [&](FakeEsxi::Words words, const std::string& text) { host.commands[std::move(words)] = FakeEsxi::text(text); };
    says({"esxcli", "system", "version", "get"}, "   Product: VMware ESXi\n   Version: 7.0.3\n   Build: Releasebuild-19482537\n   Update: 3\n   Patch: 35\n");
    says({"esxcli", "hardware", "platform", "get"}, "Platform Information\n   UUID: 0x0 0x1\n   Product Name: NUC11PAKi5\n   Vendor Name: Intel(R) Client Systems\n");
    says({"esxcli", "system", "stats", "uptime", "get"}, "5000000000\n");
    says({"date", "+%s"}, "1651300000\n");
    says({"esxcli", "system", "uuid", "get"}, "65106d9a-406e-5fda-b7ab-b8ca3a63b8b4\n");
    says({"esxcli", "system", "maintenanceMode", "get"}, "Disabled\n");
    says({"esxcli", "system", "settings", "kernel", "list", "-o", "vga"}, kernel_table("TRUE", "TRUE"));
    says({"esxcli", "hardware", "pci", "list"}, nuc11_pci());
    says({"esxcli", "hardware", "pci", "pcipassthru", "list"}, passthru_table("false"));
    says({"esxcli", "system", "settings", "advanced", "list", "-o", "/UserVars/ESXiShellTimeOut"}, "   Path: /UserVars/ESXiShellTimeOut\n   Type: integer\n   Int Value: 0\n   Default Int Value: 0\n");
    says({"esxcli", "network", "vswitch", "standard", "list"}, "vSwitch0\n   Name: vSwitch0\n   Uplinks: vmnic0\n");
    says({"vim-cmd", "vimsvc/license", "--show"}, "[200] Sending request\n   vmodl key: esx.hypervisor.cpuPackageCoreLimited\n");
    says({"vim-cmd", "hostsvc/autostartmanager/get_autostartseq"},
         "(vim.host.AutoStartManager.AutoPowerInfo) [\n   (vim.host.AutoStartManager.AutoPowerInfo) {\n      key = 'vim.VirtualMachine:30', \n      startAction = \"PowerOn\", \n   }\n]\n");
    says({"vim-cmd", "hostsvc/autostartmanager/get_defaults"}, "(vim.host.AutoStartManager.SystemDefaults) {\n   enabled = true, \n   stopAction = \"GuestShutdown\"\n}\n");
    says({"vim-cmd", "hostsvc/hostsummary"}, "(vim.host.Summary) {\n   hardware = (H) {\n      memorySize = 34168340480, \n   }, \n   config = (C) {\n      name = \"nuc.lan\", \n   }, \n}\n");
    says({"chkconfig", "--list", "SSH"}, "SSH                      on\n");
    host.files["/etc/vmware/passthru.map"] = "# none of ours\n";

    host.vms = {{.id = "10", .name = "windows11", .file = "windows11/windows11.vmx"},
                {.id = "20", .name = "debian", .file = "debian/debian.vmx", .running = true},
                {.id = "30", .name = "router", .file = "router/router.vmx", .running = true}};
    const std::string ds = "/vmfs/volumes/ds1/";
    host.files[ds + "windows11/windows11.vmx"] = "displayName = \"windows11\"\nguestOS = \"windows9-64\"\nmemSize = \"16384\"\nvvtd.enable = \"TRUE\"\n";
    host.files[ds + "windows11/windows11.vmsd"] = "snapshot.numSnapshots = \"1\"\nsnapshot0.uid = \"1\"\n";
    host.files[ds + "debian/debian.vmx"] = ".encoding = \"UTF-8\"\ndisplayName = \"debian\"\nguestOS = \"debian11-64\"\nmemSize = \"8192\"\nvvtd.enable = \"TRUE\"\nuuid.bios = \"56 4d 11 11 22 22 33 33-44 44 55 55 66 66 77 77\"\n";
    host.files[ds + "router/router.vmx"] = "displayName = \"router\"\nguestOS = \"freebsd12-64\"\nmemSize = \"512\"\nsched.mem.min = \"512\"\n";
    return host;
}

class QuietWatch : public Watch {
public:
    bool leave{};
    std::vector<std::string> notes;
    bool must_leave() const override { return leave; }
    void note(std::string_view text) override { notes.emplace_back(text); }
};

/// No test waits.
inline HostTimes no_times()
{
    using std::chrono::milliseconds;
    return {.poll = milliseconds{0}, .batch = milliseconds{1000}, .ready = milliseconds{20}, .power_on = milliseconds{20}, .grace = milliseconds{0},
            .shutdown = milliseconds{20}, .tools = milliseconds{100}, .reboot = milliseconds{200}, .reboot_look = milliseconds{50}};
}

}  // namespace gpupass::esxi
