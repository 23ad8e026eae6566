#include "esxcli.hpp"
#include "host_programs.hpp"
#include "options.hpp"
#include "vim_object.hpp"
#include "vmx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <unistd.h>

// The texts of the simulated host, against what real hosts have been seen to print.

namespace gpupass::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

class Texts : public testing::TestWithParam<std::string> {
protected:
    Texts()
    {
        std::filesystem::remove_all(folder);
        HostOptions options;
        options.folder = folder;
        options.version = GetParam();
        options.command_seconds = 0;
        options.now = [] { return 1650596655.771; };
        host = std::make_unique<Host>(options);
        machine = std::make_unique<ShellMachine>(host_machine(*host, [](const std::string&) {}));
    }
    ~Texts() override { std::filesystem::remove_all(folder); }

    std::string sh(const std::string& script)
    {
        auto stdout_text = std::make_shared<StringOutput>();
        auto stderr_text = std::make_shared<StringOutput>();
        Interrupt interrupt;
        const auto input = std::make_shared<StringInput>(script + "\n");
        Shell shell{*machine, interrupt, {input, stdout_text, stderr_text}};
        shell.run_script(*input);
        err = stderr_text->text;
        return stdout_text->text;
    }
    bool is_8() const { return GetParam() == "8.0.3"; }

    std::filesystem::path folder{std::filesystem::temp_directory_path() /
                                 ("gpupass-texts-" + std::to_string(::getpid()))};
    std::unique_ptr<Host> host;
    std::unique_ptr<ShellMachine> machine;
    std::string err;
};

INSTANTIATE_TEST_SUITE_P(Releases, Texts, testing::Values("7.0.3", "8.0.3"),
                         [](const auto& instance) { return instance.param == "8.0.3" ? "Eight" : "Seven"; });

TEST_P(Texts, Version)
{
    EXPECT_EQ(sh("esxcli system version get"),
              is_8() ? "   Product: VMware ESXi\n   Version: 8.0.3\n   Build: Releasebuild-24585383\n   Update: 3\n   "
                       "Patch: 60\n"
                     : "   Product: VMware ESXi\n   Version: 7.0.3\n   Build: Releasebuild-19193900\n   Update: 3\n   "
                       "Patch: 20\n");
    EXPECT_EQ(sh("vmware -lv"),
              is_8() ? "VMware ESXi 8.0.3 build-24585383\nVMware ESXi 8.0 Update 3\n"
                     : "VMware ESXi 7.0.3 build-19193900\nVMware ESXi 7.0 Update 3\n");
}

TEST_P(Texts, KernelListHasTheColumnsOfItsRelease)
{
    EXPECT_EQ(sh("esxcli system settings kernel set -s vga -v FALSE; esxcli system settings kernel list -o vga"),
              is_8() ? "Name  Type  Configured  Runtime  Default  Description\n"
                       "----  ----  ----------  -------  -------  -----------\n"
                       "vga   Bool  FALSE       TRUE     TRUE     Enable/Disable VGA support.\n"
                     : "Name  Type  Description                  Configured  Runtime  Default\n"
                       "----  ----  ---------------------------  ----------  -------  -------\n"
                       "vga   Bool  Enable/Disable VGA support.  FALSE       TRUE     TRUE\n");
}

TEST_P(Texts, PassthroughTable)
{
    sh("esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e on");
    EXPECT_THAT(sh("esxcli hardware pci pcipassthru list"),
                testing::StartsWith("Device ID     Enabled\n"
                                    "------------  -------\n"
                                    "0000:00:02.0    true\n"
                                    "0000:00:08.0    false\n"));
}

TEST_P(Texts, FailuresOfEsxcliAreOnTheStreamOfTheRelease)
{
    const std::string uplink = "Unable to configure the PCI device: Device ownership cannot be changed to passthru as "
                               "it is used by vswitch vSwitch0 for uplink vmnic0\n";
    const auto out = sh("esxcli hardware pci pcipassthru set -d 0000:58:00.0 -e true -a");
    EXPECT_EQ(out, is_8() ? "" : uplink);
    EXPECT_EQ(err, is_8() ? uplink : "");
    const auto both = [&](const std::string& command) {
        const auto text = sh(command);
        return text + err;
    };
    EXPECT_EQ(both("esxcli hardware pci pcipassthru set --device 0000:00:02.0 -e true"),
              "Error: Invalid option --device\n");
    EXPECT_EQ(both("esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e true --active=true"),
              "Error: Invalid option --active\n");
    EXPECT_EQ(both("esxcli system uptime get"), "Error: Unknown command or namespace system uptime get\n");
    EXPECT_EQ(both("esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e false"),
              "Unable to configure the PCI device: Device owner is already configured to vmkernel.\n");
    EXPECT_THAT(both("esxcli --formatter=json vm process list"), HasSubstr("Error: "));
    EXPECT_THAT(both("esxcli system shutdown reboot -d 10 -r test"), HasSubstr("maintenance mode"));
}

TEST_P(Texts, PciRecordHasItsFieldsInOrder)
{
    const auto record = sh("esxcli hardware pci list | grep -A 38 '^0000:58:00.0'");
    EXPECT_THAT(record,
                testing::StartsWith("0000:58:00.0\n   Address: 0000:58:00.0\n   Segment: 0x0000\n   Bus: 0x58\n"
                                    "   Slot: 0x00\n   Function: 0x0\n   VMkernel Name: vmnic0\n"));
    EXPECT_THAT(record,
                HasSubstr("   Parent Device: PCI 0:0:29:0\n   Dependent Device: PCI 0:88:0:0\n"
                          "   Reset Method: Function reset\n   FPT Sharable: true\n   NUMA Node: 0\n"
                          "   Extended Device ID: 65535\n"));
    EXPECT_EQ(record.find("Hardware Label") != record.npos, is_8());
    EXPECT_THAT(sh("esxcli hardware pci list"), HasSubstr("\n\n0000:00:02.0\n   Address"));
}

TEST_P(Texts, OtherFormats)
{
    EXPECT_THAT(sh("esxcli --formatter=xml vm process list"),
                testing::StartsWith("<output xmlns=\"http://www.vmware.com/Products/ESX/5.0/esxcli\">\n<root>"
                                    "<list type=\"structure\"><structure typeName=\"VirtualMachine\">\n"
                                    "  <field name=\"WorldID\"><integer>"));
    EXPECT_THAT(sh("esxcli --formatter=csv vm process list"),
                testing::StartsWith("WorldID,ProcessID,VMXCartelID,UUID,DisplayName,ConfigFile,\n"));
    EXPECT_THAT(sh("esxcli --formatter=keyvalue vm process list"), HasSubstr("VirtualMachine.WorldID.integer="));
    EXPECT_THAT(sh("esxcli --debug --formatter=json vm process list"), HasSubstr("\"DisplayName\": \"debian\""));
}

TEST_P(Texts, VmProcessList)
{
    EXPECT_THAT(sh("esxcli vm process list"),
                testing::StartsWith("debian\n   World ID: 2099516\n   Process ID: 0\n   VMX Cartel ID: 2099501\n"
                                    "   UUID: 56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 59\n"
                                    "   Display Name: debian\n   Config File: /vmfs/volumes/6107a9c3-"));
}

TEST_P(Texts, ListOfVmsStandsInColumns)
{
    const auto list = sh("vim-cmd vmsvc/getallvms");
    EXPECT_THAT(list, testing::StartsWith("Vmid     Name                      File                         Guest OS"));
    EXPECT_THAT(
        list,
        HasSubstr(is_8()
                      ? "2      debian      [datastore1] debian/debian.vmx         debian11_64Guest       vmx-20\n"
                      : "2      debian      [datastore1] debian/debian.vmx         debian11_64Guest       vmx-19\n"));
    EXPECT_THAT(list, HasSubstr("Spiele & Fotos\nnicht l\xC3\xB6schen\n"));
}

TEST_P(Texts, UnknownVm)
{
    EXPECT_EQ(sh("vim-cmd vmsvc/power.getstate 1234"),
              "(vim.fault.NotFound) {\n   faultCause = (vmodl.MethodFault) null, \n   faultMessage = <unset>, \n"
              "   msg = \"Unable to find a VM corresponding to \"1234\"\"\n}\n");
    EXPECT_EQ(sh("vim-cmd vmsvc/power.getstate 2"), "Retrieved runtime info\nPowered on\n");
    EXPECT_EQ(sh("vim-cmd vmsvc/power.getstate /vmfs/volumes/datastore1/windows11/windows11.vmx"),
              "Retrieved runtime info\nPowered off\n");
}

TEST_P(Texts, TasksAndMessages)
{
    EXPECT_EQ(sh("vim-cmd vmsvc/get.tasklist 1"), "(ManagedObjectReference) []\n");
    sh("vim-cmd vmsvc/power.on 1; vim-cmd vmsvc/power.off 1");
    EXPECT_EQ(sh("vim-cmd vmsvc/get.tasklist 1"),
              "(ManagedObjectReference) [\n   'vim.Task:haTask-1-vim.VirtualMachine.powerOn-2800', \n"
              "   'vim.Task:haTask-1-vim.VirtualMachine.powerOff-2801'\n]\n");
    EXPECT_THAT(sh("vim-cmd vimsvc/task_info haTask-1-vim.VirtualMachine.powerOn-2800"),
                HasSubstr("   state = \"success\", \n"));
    EXPECT_THAT(sh("vim-cmd vimsvc/task_info haTask-1-x-1"),
                HasSubstr("has already been deleted or has not been completely created"));
    EXPECT_EQ(sh("vim-cmd vmsvc/message 1"), "No message.\n");
}

TEST_P(Texts, LicenceAndSummary)
{
    EXPECT_THAT(sh("vim-cmd vimsvc/license --show"),
                testing::StartsWith("[200] Sending request for installed licenses...[200] Complete, result is:\n"
                                    "   serial: 4H2NM-"));
    EXPECT_THAT(sh("vim-cmd vimsvc/license --show"), HasSubstr("vmodl key: esx.hypervisor.cpuPackageCoreLimited\n"));
    const auto summary = sh("vim-cmd hostsvc/hostsummary");
    EXPECT_THAT(summary, testing::StartsWith("(vim.host.Summary) {\n"));
    EXPECT_THAT(summary, HasSubstr("inMaintenanceMode = false, \n"));
    EXPECT_THAT(summary, HasSubstr("rebootRequired = false\n"));
    EXPECT_THAT(sh("vim-cmd vmsvc/get.config 2"), HasSubstr("vvtdEnabled = true\n"));
}

TEST_P(Texts, LogLinesHaveTheFormOfTheRelease)
{
    sh("vim-cmd vmsvc/power.on 1");
    const auto log = sh("head -n 1 /vmfs/volumes/datastore1/windows11/vmware.log");
    EXPECT_THAT(log, HasSubstr(is_8() ? "Z In(05) vmx - Log for" : "Z| vmx| | I005: Log for"));
    EXPECT_THAT(sh("head -n 1 /var/log/vmkernel.log"),
                HasSubstr(is_8() ? "Z In(182) vmkernel: cpu3:2097897)VTD: " : "Z cpu3:2097897)VTD: "));
}

TEST_P(Texts, PassthroughDeviceHasSignedVendor)
{
    sh("vim-cmd vmsvc/power.off 2; cd /vmfs/volumes/datastore1/debian;"
       "printf '%s\\n' 'pciPassthru0.present = \"TRUE\"' 'pciPassthru0.id = \"00000:000:02.0\"'"
       " 'pciPassthru0.vendorId = \"0x8086\"' 'pciPassthru0.deviceId = \"0x9a49\"' >>debian.vmx; vim-cmd vmsvc/reload "
       "2");
    const auto devices = sh("vim-cmd vmsvc/device.getdevices 2");
    EXPECT_THAT(devices, HasSubstr("id = \"0000:00:02.0\", \n"));
    EXPECT_THAT(devices, HasSubstr("vendorId = -32634\n"));
    EXPECT_THAT(devices, HasSubstr("(vim.vm.device.VirtualPCIPassthrough) {\n         key = 13000, \n"));
}

TEST(VmxText, KeepsWhatItDoesNotChange)
{
    const std::string text =
        "\xEF\xBB\xBF.encoding = \"UTF-8\"\n# note\nmemSize=\"4\"\nodd line\nBare = TRUE # why\nx = \"a|22b||22\"\n";
    Vmx vmx{text};
    EXPECT_EQ(vmx.text(), text);
    EXPECT_EQ(vmx.get("MEMSIZE"), "4");
    EXPECT_EQ(vmx.get("bare"), "TRUE");
    EXPECT_EQ(vmx.get("x"), "a\"b|\"");
    EXPECT_EQ(vmx.get("odd"), std::nullopt);
    vmx.set("memsize", "8");
    vmx.set("new", "q\"|\n");
    EXPECT_THAT(vmx.text(), HasSubstr("# note\nmemSize = \"8\"\nodd line\n"));
    EXPECT_THAT(vmx.text(), testing::EndsWith("new = \"q|22|7C|0A\"\n"));
    EXPECT_EQ(vmx.duplicate(), std::nullopt);
    EXPECT_EQ(Vmx{"a = \"1\"\nA = \"2\"\n"}.duplicate(), "line 2: Variable already defined: A");
}

TEST(Options, NameWhatIsWrong)
{
    EXPECT_EQ(parse_options({"--state", "/tmp/x", "--fault", "cut:10", "--fault=disk-full", "--port", "4000"}).error,
              "");
    EXPECT_THAT(parse_options({"--state", "/tmp/x", "--fault", "no-such"}).error,
                HasSubstr("--fault cannot be no-such"));
    EXPECT_THAT(parse_options({"--state", "/tmp/x", "--version", "6.7"}).error, HasSubstr("--version"));
    EXPECT_THAT(parse_options({"--port"}).error, HasSubstr("needs a value"));
    EXPECT_THAT(parse_options({}).error, HasSubstr("--state"));
    EXPECT_THAT(parse_options({"--state", "/x", "--frob"}).error, HasSubstr("--frob"));
}

}  // namespace
}  // namespace gpupass::sim
