#include "host_programs.hpp"
#include "text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <unistd.h>

// The rules of the simulated host, driven through its own programs with a clock of the test's.

namespace gpupass::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

class HostTest : public testing::Test {
protected:
    HostTest() { start("7.0.3", {}); }
    ~HostTest() override { std::filesystem::remove_all(folder); }

    void start(const std::string& version, std::vector<std::string> faults, bool keep = false)
    {
        machine.reset();
        host.reset();
        if (!keep)
            std::filesystem::remove_all(folder);
        HostOptions options;
        options.folder = folder;
        options.version = version;
        options.command_seconds = 0;
        options.faults = std::move(faults);
        options.now = [this] { return time; };
        host = std::make_unique<Host>(options);
        machine = std::make_unique<ShellMachine>(host_machine(*host, [](const std::string&) {}));
    }
    std::string sh(const std::string& script)
    {
        auto both = std::make_shared<StringOutput>();
        Interrupt interrupt;
        const auto input = std::make_shared<StringInput>(script + "\n");
        Shell shell{*machine, interrupt, {input, both, both}};
        status = shell.run_script(*input);
        return both->text;
    }
    void wait(double seconds)
    {
        time += seconds;
        (void)host->enter();
    }
    void reboot_host()
    {
        sh("reboot");
        wait(0.2);
        EXPECT_FALSE(host->is_up());
        wait(1.1);
        ASSERT_TRUE(host->is_up());
        wait(1);
    }
    std::string owners() { return sh("esxcli hardware pci list | grep -A 10 '^0000:00:02.0' | grep Owner"); }
    void shut_down(const std::string& id)
    {
        sh("vim-cmd vmsvc/power.shutdown " + id);
        wait(1);
    }
    /// Makes `debian` ready for the GPU but for what the test breaks.
    void give_gpu_to_debian()
    {
        sh("esxcli system settings kernel set -s vga -v FALSE; esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e "
           "true -a");
        shut_down("2");
        reboot_host();
        write_passthru("00000:000:02.0", "0x9a49");
    }
    void write_passthru(const std::string& id, const std::string& device)
    {
        sh("cd /vmfs/volumes/datastore1/debian; grep -v -E '^(pciPassthru|vvtd|sched.mem.min)' debian.vmx >new;"
           "printf '%s\\n' 'pciPassthru0.present = \"TRUE\"' 'pciPassthru0.id = \"" +
           id + "\"' 'pciPassthru0.vendorId = \"0x8086\"' 'pciPassthru0.deviceId = \"" + device +
           "\"' 'sched.mem.min = \"8192\"' >>new;"
           "echo \"pciPassthru0.systemId = \\\"$(esxcli system uuid get)\\\"\" >>new; mv new debian.vmx;"
           "vim-cmd vmsvc/reload 2");
    }
    void append(const std::string& line)
    {
        sh("echo '" + line + "' >>/vmfs/volumes/datastore1/debian/debian.vmx; vim-cmd vmsvc/reload 2");
    }
    void expect_power_on_fails(const std::string& text)
    {
        EXPECT_EQ(sh("vim-cmd vmsvc/power.on 2"), "Powering on VM:\nPower on failed\n");
        EXPECT_NE(status, 0);
        const auto info =
            sh("vim-cmd vimsvc/task_info $(vim-cmd vmsvc/get.tasklist 2 | tail -n 2 | head -n 1 | cut -d \"'\" -f 2)");
        EXPECT_THAT(info, HasSubstr("message = \"" + text));
        EXPECT_THAT(info, HasSubstr("msg = \"Module 'DevicePowerOn' power on failed.\""));
        const auto log = sh("cat /vmfs/volumes/datastore1/debian/vmware.log");
        EXPECT_THAT(log, HasSubstr("| vmx| | I005: " + text));
        EXPECT_LT(log.find(text), log.find("Module 'DevicePowerOn' power on failed."));
        EXPECT_THAT(sh("vim-cmd vmsvc/power.getstate 2"), HasSubstr("Powered off"));
    }
    std::string vmx() { return sh("cat /vmfs/volumes/datastore1/debian/debian.vmx"); }

    double time{1650596655.25};
    int status{};
    std::filesystem::path folder{std::filesystem::temp_directory_path() /
                                 ("gpupass-host-" + std::to_string(::getpid()))};
    std::unique_ptr<Host> host;
    std::unique_ptr<ShellMachine> machine;
};

TEST_F(HostTest, GpuStaysPendingWhileTheConsoleHoldsIt)
{
    EXPECT_EQ(owners(), "   Configured Owner: VMkernel\n   Current Owner: VMkernel\n");
    EXPECT_EQ(sh("esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e true -a"), "");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(owners(), "   Configured Owner: VM Passthru\n   Current Owner: VMkernel\n");
        reboot_host();
    }
    sh("esxcli system settings kernel set -s vga -v FALSE");
    reboot_host();
    EXPECT_EQ(owners(), "   Configured Owner: VM Passthru\n   Current Owner: VM Passthru\n");
    EXPECT_THAT(sh("vmkchdev -l"), HasSubstr("0000:00:02.0 8086:9a49 8086:3004 passthru\n"));
    EXPECT_THAT(sh("esxcli graphics device list"), HasSubstr("Graphics Type: Direct"));
}

TEST_F(HostTest, WithoutTheConsoleOwnersChangeAtOnce)
{
    sh("esxcli system settings kernel set -s vga -v FALSE");
    reboot_host();
    sh("esxcli hardware pci pcipassthru set -d=0000:00:02.0 --enable=true -a");
    EXPECT_THAT(owners(), HasSubstr("Current Owner: VM Passthru"));
    sh("esxcli hardware pci pcipassthru set --device-id 0000:00:02.0 -e false -a");
    EXPECT_THAT(owners(), HasSubstr("Current Owner: VMkernel"));
}

TEST_F(HostTest, AnUncleanRebootLosesWhatWasNotBackedUp)
{
    sh("esxcli system settings kernel set -s vga -v FALSE; reboot -f");
    wait(1.1);
    EXPECT_EQ(host->world.settings.kernel.at("vga"), "TRUE");
    sh("esxcli system settings kernel set -s vga -v FALSE; /sbin/auto-backup.sh; reboot -f");
    wait(1.1);
    EXPECT_EQ(host->world.kernel.at("vga"), "FALSE");
}

TEST_F(HostTest, TheRamDiskForgetsNewFiles)
{
    sh("echo x >/etc/new; echo y >/tmp/t; echo '8086  9a49  d3d0  default' >>/etc/vmware/passthru.map;"
       "echo z >/vmfs/volumes/datastore1/kept");
    reboot_host();
    EXPECT_THAT(sh("ls /etc/new"), HasSubstr("No such file"));
    EXPECT_THAT(sh("ls /tmp/t"), HasSubstr("No such file"));
    EXPECT_THAT(sh("tail -n 1 /etc/vmware/passthru.map"), HasSubstr("9a49"));
    EXPECT_EQ(sh("cat /vmfs/volumes/datastore1/kept"), "z\n");
}

TEST_F(HostTest, RebootMovesTheClockAndStartsTheRouterOnly)
{
    const auto before = host->world.clock_offset;
    const auto up = to_number(trim(sh("esxcli system stats uptime get")));
    reboot_host();
    EXPECT_DOUBLE_EQ(host->world.clock_offset, before + 90);
    EXPECT_LT(to_number(trim(sh("esxcli system stats uptime get"))), up);
    const auto running = sh("esxcli vm process list");
    EXPECT_THAT(running, HasSubstr("Display Name: router"));
    EXPECT_THAT(running, Not(HasSubstr("debian")));
}

TEST_F(HostTest, AVmWithTheGpuStartsAndHostdWritesTheSlot)
{
    give_gpu_to_debian();
    EXPECT_EQ(sh("vim-cmd vmsvc/power.on 2"), "Powering on VM:\n");
    EXPECT_THAT(vmx(), HasSubstr("pciPassthru0.pciSlotNumber = \"224\"\n"));
    EXPECT_THAT(vmx(), HasSubstr("cleanShutdown = \"FALSE\"\n"));
    EXPECT_THAT(sh("cat /vmfs/volumes/datastore1/debian/vmware.log"),
                HasSubstr("PCIPassthru: successfully created the IOMMU mappings"));
    wait(1);
    EXPECT_TRUE(host->guest_disk.exists("/sys/bus/pci/devices/0000:13:00.0/vendor"));
    shut_down("2");
    EXPECT_THAT(vmx(), HasSubstr("cleanShutdown = \"TRUE\"\n"));
}

TEST_F(HostTest, PowerOnFailsWithVirtualIommu)
{
    give_gpu_to_debian();
    append("vvtd.enable = \"TRUE\"");
    expect_power_on_fails("Failed to register the device pciPassthru0");
}

TEST_F(HostTest, PowerOnFailsWithUnreservedMemory)
{
    give_gpu_to_debian();
    sh("cd /vmfs/volumes/datastore1/debian; grep -v sched.mem.min debian.vmx >n; mv n debian.vmx; vim-cmd vmsvc/reload "
       "2");
    expect_power_on_fails(
        "Invalid memory setting: memory reservation (sched.mem.min) should be equal to memsize(8192).");
}

TEST_F(HostTest, PowerOnFailsWithForeignIds)
{
    give_gpu_to_debian();
    write_passthru("00000:000:02.0", "0x9a40");
    expect_power_on_fails("The systemId does not match the current system or the deviceId, and the vendorId does not "
                          "match the device currently at 0:2.0.");
    sh("cd /vmfs/volumes/datastore1/debian; grep -v systemId debian.vmx >n; echo 'pciPassthru0.systemId = \"x\"' >>n;"
       "mv n debian.vmx; vim-cmd vmsvc/reload 2");
    expect_power_on_fails("The systemId does not match");
}

TEST_F(HostTest, PowerOnFailsWithAHexadecimalAddress)
{
    give_gpu_to_debian();
    write_passthru("0000:0a:00.0", "0x9a49");
    expect_power_on_fails("Failed to generate predicates for pciPassthru0---invalid VM configuration");
    EXPECT_THAT(sh("grep AH /vmfs/volumes/datastore1/debian/vmware.log"),
                HasSubstr("AH Failed to find a suitable device for pciPassthru0"));
}

TEST_F(HostTest, PowerOnFailsWhenTheDeviceIsNotActive)
{
    shut_down("2");
    write_passthru("00000:000:02.0", "0x9a49");
    expect_power_on_fails("Device 0:2.0 is not a passthrough device.");
}

TEST_F(HostTest, PowerOnFailsWithASnapshotOrADeviceInUse)
{
    give_gpu_to_debian();
    sh("echo 'snapshot.numSnapshots = \"1\"' >/vmfs/volumes/datastore1/debian/debian.vmsd");
    expect_power_on_fails(
        "A virtual machine with a PCI DirectPath I/O device cannot be powered on while it has snapshots.");
    sh("rm /vmfs/volumes/datastore1/debian/debian.vmsd; vim-cmd vmsvc/power.on 2; cd /vmfs/volumes/datastore1;"
       "mkdir b; cp debian/debian.vmx b/b.vmx; vim-cmd solo/registervm /vmfs/volumes/datastore1/b/b.vmx");
    sh("vim-cmd vmsvc/power.on 4");
    EXPECT_THAT(sh("cat /vmfs/volumes/datastore1/b/vmware.log"), HasSubstr("Device 0:2.0 is already in use."));
}

TEST_F(HostTest, PowerOnFailsWithoutMemoryAndInMaintenanceMode)
{
    shut_down("2");
    sh("cd /vmfs/volumes/datastore1/debian; grep -v -i -E 'memsize|mem.min' debian.vmx >n; mv n debian.vmx");
    append("memSize = \"65536\"\nsched.mem.min = \"65536\"");
    EXPECT_THAT(sh("vim-cmd vmsvc/power.on 2"), HasSubstr("(vim.fault.InsufficientMemoryResourcesFault) {"));
    shut_down("3");
    EXPECT_EQ(sh("esxcli system maintenanceMode set -e true; esxcli system maintenanceMode get"), "Enabled\n");
    EXPECT_THAT(sh("vim-cmd vmsvc/power.on 3"), HasSubstr("(vim.fault.InvalidState) {"));
    EXPECT_EQ(sh("esxcli system maintenanceMode set --enable=no; esxcli system maintenanceMode set -e false"),
              "maintenance mode is already disabled\n");
}

TEST_F(HostTest, ADuplicateKeyMakesTheVmInvalid)
{
    shut_down("2");
    append("MEMSIZE = \"1\"");
    const auto list = sh("vim-cmd vmsvc/getallvms");
    EXPECT_THAT(list, HasSubstr("Skipping invalid VM '2'"));
    EXPECT_THAT(list, Not(HasSubstr("debian/debian.vmx")));
    EXPECT_THAT(sh("cat /var/log/hostd.log"), HasSubstr("Variable already defined"));
    EXPECT_NE((sh("vim-cmd vmsvc/power.on 2"), status), 0);
}

TEST_F(HostTest, AnEditOfARunningVmIsLost)
{
    sh("echo 'guestinfo.mine = \"1\"' >>/vmfs/volumes/datastore1/debian/debian.vmx");
    EXPECT_THAT(vmx(), HasSubstr("guestinfo.mine"));
    shut_down("2");
    EXPECT_THAT(vmx(), Not(HasSubstr("guestinfo.mine")));
    EXPECT_THAT(vmx(), HasSubstr("this line means nothing to anybody\n"));
}

TEST_F(HostTest, WindowsWithTheGpuNeverShutsDown)
{
    give_gpu_to_debian();
    sh("cd /vmfs/volumes/datastore1; rm windows11/windows11.vmsd; grep -v -E 'vvtd|mem.min' windows11/windows11.vmx >n;"
       "grep -E 'pciPassthru|mem.min' debian/debian.vmx >>n; mv n windows11/windows11.vmx; vim-cmd vmsvc/reload 1");
    EXPECT_EQ(sh("vim-cmd vmsvc/power.on 1"), "Powering on VM:\n");
    wait(1);
    EXPECT_THAT(sh("vim-cmd vmsvc/get.summary 1"), HasSubstr("toolsRunningStatus = \"guestToolsRunning\""));
    shut_down("1");
    for (int i = 0; i < 20; ++i)
        wait(1);
    EXPECT_THAT(sh("vim-cmd vmsvc/power.getstate 1"), HasSubstr("Powered on"));
    EXPECT_THAT(sh("grep -c 'hard reset' /vmfs/volumes/datastore1/windows11/vmware.log"), Not(HasSubstr("0\n")));
    EXPECT_EQ(sh("vim-cmd vmsvc/power.off 1"), "Powering off VM:\n");
    EXPECT_THAT(sh("vim-cmd vmsvc/power.getstate 1"), HasSubstr("Powered off"));
}

TEST_F(HostTest, AFailedResetHasItsOwnTrace)
{
    give_gpu_to_debian();
    start("7.0.3", {"reset-fails"}, true);
    expect_power_on_fails(
        "Failed to register the device pciPassthru0 for 000:02.0 due to unavailable hardware or software support.");
    EXPECT_THAT(sh("tail -n 1 /var/log/vmkernel.log"),
                HasSubstr("PCI: 471: Dev @ 0000:00:02.0 is unresponsive after reset"));
}

TEST_F(HostTest, ANameIsNoIdOfAVm)
{
    EXPECT_THAT(sh("vim-cmd vmsvc/power.getstate debian"), HasSubstr("(vim.fault.NotFound)"));
}

TEST_F(HostTest, FaultsChangeWhatHappens)
{
    start("7.0.3", {"no-tools:debian", "question:windows11", "pending-forever", "hostd-slow:3", "disk-full"});
    sh("esxcli system settings kernel set -s vga -v FALSE; esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e "
       "true");
    EXPECT_THAT(sh("vim-cmd vmsvc/message 1"), HasSubstr("Virtual machine message 12:\n"));
    EXPECT_THAT(sh("echo x >/vmfs/volumes/datastore1/x"), HasSubstr("No space left on device"));
    reboot_host();
    EXPECT_THAT(owners(), HasSubstr("Current Owner: VMkernel"));
    EXPECT_THAT(sh("for i in 1 2 3 4; do vim-cmd vmsvc/getallvms; done"),
                HasSubstr("Failed to login: Connection reset by peer\n"));
    wait(3);
    sh("vim-cmd vmsvc/power.on 2");
    wait(1);
    EXPECT_EQ(sh("vim-cmd vmsvc/power.shutdown 2"), "");
    wait(2);
    EXPECT_THAT(sh("vim-cmd vmsvc/power.getstate 2"), HasSubstr("Powered on"));
}

TEST_F(HostTest, AddressesShiftAndSettingsStayWithTheAddress)
{
    give_gpu_to_debian();
    start("7.0.3", {"bdf-shift"}, true);
    reboot_host();
    const auto list = sh("lspci -p");
    EXPECT_THAT(list, HasSubstr("0000:00:02.0 1b21:0612"));
    EXPECT_THAT(list, HasSubstr("0000:0a:00.0 8086:9a49"));
    EXPECT_THAT(sh("vmkchdev -l | grep 1b21"), HasSubstr("passthru"));
}

TEST_F(HostTest, SettingsAreLostOnOrder)
{
    start("7.0.3", {"settings-lost"});
    sh("esxcli system settings kernel set -s vga -v FALSE");
    reboot_host();
    EXPECT_EQ(host->world.settings.kernel.at("vga"), "TRUE");
    sh("esxcli system settings kernel set -s vga -v FALSE");
    reboot_host();
    EXPECT_EQ(host->world.kernel.at("vga"), "FALSE");
}

TEST_F(HostTest, TheHostRebootsByItselfAfterSomePrograms)
{
    start("7.0.3", {"reboot-now:1"});
    sh("esxcli system settings kernel set -s vga -v FALSE; ls /; ls /");
    EXPECT_FALSE(host->is_up());
    wait(1.1);
    EXPECT_EQ(host->world.settings.kernel.at("vga"), "TRUE");
}

TEST_F(HostTest, TheWorldOutlivesTheProcess)
{
    host->world.vms[0].text += "bytes = \"\xe9\xc3\xa9\x80\"\n";
    const auto text = host->world.vms[0].text;
    sh("esxcli system settings kernel set -s vga -v FALSE; vim-cmd vmsvc/power.shutdown 2");
    wait(1);
    start("8.0.3", {}, true);
    EXPECT_EQ(host->world.version, "7.0.3");
    EXPECT_EQ(host->world.vms[0].text, text);
    EXPECT_EQ(host->world.settings.kernel.at("vga"), "FALSE");
    EXPECT_THAT(sh("vim-cmd vmsvc/power.getstate 2"), HasSubstr("Powered off"));
}

}  // namespace
}  // namespace gpupass::sim
