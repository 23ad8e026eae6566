#include "hosts/esxi/ssh/command.hpp"

#include <gtest/gtest.h>

namespace gpupass::esxi {
namespace {

HostFacts facts()
{
    HostFacts facts;
    facts.vms = {{.id = "7", .name = "debian", .config_path = "/vmfs/volumes/ds1/debian/debian.vmx"},
                 {.id = "8", .name = "it's", .config_path = "/vmfs/volumes/ds1/it's $(x)/a b.vmx"}};
    return facts;
}

std::string render(Change change)
{
    return render_command(Step{.change = std::move(change)}, facts());
}

TEST(Command, IsWhatAPersonWouldType)
{
    EXPECT_EQ(render(SetOwner{{0, 0, 2, 0}, true, false}), "esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e true");
    EXPECT_EQ(render(SetOwner{{0, 0, 2, 0}, false, true}), "esxcli hardware pci pcipassthru set -d 0000:00:02.0 -e false -a");
    EXPECT_EQ(render(SetKernelOption{"vga", "FALSE"}), "esxcli system settings kernel set -s vga -v FALSE");
    EXPECT_EQ(render(StopVms{{"debian"}, {"it's"}}), "vim-cmd vmsvc/power.shutdown 7; vim-cmd vmsvc/power.off 8");
    EXPECT_EQ(render(StartVms{{"debian"}}), "vim-cmd vmsvc/power.on 7");
    EXPECT_EQ(render(RebootHost{}), "/sbin/auto-backup.sh; touch /tmp/gpupass-reboot; reboot");
    EXPECT_EQ(render(EditVm{"debian", {{"sched.mem.min", "8192"}, {"pciPassthru0.*", std::nullopt}}}),
              "edit /vmfs/volumes/ds1/debian/debian.vmx: sched.mem.min = \"8192\", remove pciPassthru0.*; vim-cmd vmsvc/reload 7");
}

TEST(Command, QuotesWhatAShellWouldTakeApart)
{
    EXPECT_EQ(render(EditVm{"it's", {}}), "edit '/vmfs/volumes/ds1/it'\\''s $(x)/a b.vmx':; vim-cmd vmsvc/reload 8");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word(";reboot"), "';reboot'");
}

TEST(Command, LeavesOutVmsThatAreNotThere)
{
    EXPECT_EQ(render(StartVms{{"gone"}}), "");
}

}  // namespace
}  // namespace gpupass::esxi
