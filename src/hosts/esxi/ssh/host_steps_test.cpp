#include "hosts/esxi/ssh/step_test.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::Contains;
using testing::HasSubstr;
using Words = FakeEsxi::Words;

class ProveStep : public StepTest {};
class KernelStep : public StepTest {};
class OwnerStep : public StepTest {};
class RebootStep : public StepTest {};

TEST_F(ProveStep, LogsInAfreshAndReadsTheWayBack)
{
    EXPECT_TRUE(apply(ProveAccess{})) << error;
    EXPECT_EQ(esxi->disconnects, 1);
}

TEST_F(ProveStep, SaysWhatIsMissing)
{
    esxi->commands[{"chkconfig", "--list", "SSH"}] = FakeEsxi::text("SSH off\n");
    EXPECT_FALSE(apply(ProveAccess{}));
    EXPECT_THAT(error.what, HasSubstr("SSH does not start"));
    esxi->commands[{"chkconfig", "--list", "SSH"}] = FakeEsxi::text("SSH on\n");

    esxi->commands[{"readlink", "/bootbank"}] = FakeEsxi::text("/tmp/_x\n");
    EXPECT_FALSE(apply(ProveAccess{}));
    EXPECT_THAT(error.what, HasSubstr("/bootbank"));
    esxi->commands[{"readlink", "/bootbank"}] = FakeEsxi::failure(127, "sh: readlink: not found");
    EXPECT_FALSE(apply(ProveAccess{}));
    EXPECT_THAT(error.where, Contains("proof of the way back"));
}

const Words set_vga{"esxcli", "system", "settings", "kernel", "set", "-s", "vga", "-v", "FALSE"};
const Words list_vga{"esxcli", "system", "settings", "kernel", "list", "-o", "vga"};

TEST_F(KernelStep, SetsAndReadsBack)
{
    esxi->commands[set_vga] = {};
    esxi->before_run = [this](const Words& words) {
        if (words == set_vga)
            esxi->commands[list_vga] = FakeEsxi::text(kernel_table("FALSE", "TRUE"));
    };
    EXPECT_TRUE(apply(SetKernelOption{"vga", "FALSE"})) << error;
}

TEST_F(KernelStep, DoesNotBelieveAnExitCode)
{
    esxi->commands[set_vga] = {};
    EXPECT_FALSE(apply(SetKernelOption{"vga", "FALSE"}));
    EXPECT_THAT(error.what, HasSubstr("still TRUE"));
    esxi->commands[set_vga] = FakeEsxi::failure(1, "Error: nope");
    EXPECT_FALSE(apply(SetKernelOption{"vga", "FALSE"}));
    EXPECT_THAT(error.what, HasSubstr("nope"));
}

const Words enable{"esxcli", "hardware", "pci", "pcipassthru", "set", "-d", "0000:00:02.0", "-e", "true"};
const Words list_passthru{"esxcli", "hardware", "pci", "pcipassthru", "list"};

TEST_F(OwnerStep, NothingToDoIsSuccess)
{
    esxi->commands[list_passthru] = FakeEsxi::text(passthru_table("true"));
    for (const bool on_stdout : {true, false}) {
        const std::string text = "Unable to configure the PCI device: Device owner is already configured to passthru.\n";
        esxi->commands[enable] = {.exit_code = 1, .out = on_stdout ? text : "", .err = on_stdout ? "" : text};
        EXPECT_TRUE(apply(SetOwner{{0, 0, 2, 0}, true, false})) << error;
    }
}

TEST_F(OwnerStep, FailsWithTheHostsWords)
{
    esxi->commands[enable] = {.exit_code = 1, .out = "Unable to configure the PCI device: Device ownership cannot be changed to passthru as it is used by vswitch vSwitch0\n"};
    EXPECT_FALSE(apply(SetOwner{{0, 0, 2, 0}, true, false}));
    EXPECT_THAT(error.what, HasSubstr("vSwitch0"));
    esxi->commands[enable] = {.exit_code = 1, .err = "Device owner is already configured to vmkernel."};
    EXPECT_FALSE(apply(SetOwner{{0, 0, 2, 0}, true, false})) << "that is the other way round";
    esxi->commands[enable] = {};
    EXPECT_FALSE(apply(SetOwner{{0, 0, 2, 0}, true, false})) << "accepted, and not in the list";
}

TEST_F(OwnerStep, NeverTouchesAnotherDeviceAtTheAddress)
{
    std::string moved = nuc11_pci();
    moved.replace(moved.find("0x9a49"), 6, "0xa808");
    esxi->commands[{"esxcli", "hardware", "pci", "list"}] = FakeEsxi::text(moved);
    EXPECT_FALSE(apply(SetOwner{{0, 0, 2, 0}, true, false}));
    EXPECT_EQ(error.kind, ErrorKind::changed);
    EXPECT_FALSE(esxi->has_run(enable));
}

class Rebooting : public StepTest {
protected:
    Rebooting()
    {
        for (FakeVm& vm : esxi->vms)
            vm.running = false;
        look();
        esxi->commands[{"/sbin/auto-backup.sh"}] = {};
        esxi->commands[{"touch", "/tmp/gpupass-reboot"}] = {};
        esxi->commands[{"reboot"}] = {};
        esxi->before_run = [this](const Words& words) {
            if (words == Words{"reboot"})
                rebooting = true;
        };
        esxi->on_batch = [this](FakeEsxi&) { return rebooting && !ready ? away() : std::nullopt; };
    }
    std::optional<Error> away()
    {
        if (++looks < looks_until_back)
            return Error{.kind = looks % 2 ? ErrorKind::unreachable : ErrorKind::timeout, .what = "away"};
        ready = true;
        esxi->commands[{"esxcli", "system", "stats", "uptime", "get"}] = FakeEsxi::text("40000000\n");
        esxi->commands[{"date", "+%s"}] = FakeEsxi::text("1651300100\n");
        return std::nullopt;
    }
    bool rebooting{};
    bool ready{};
    int looks{};
    int looks_until_back{4};
};

TEST_F(Rebooting, SavesRebootsAndWaitsForAnotherBoot)
{
    EXPECT_TRUE(apply(RebootHost{})) << error;
    EXPECT_TRUE(esxi->has_run({"/sbin/auto-backup.sh"}));
    EXPECT_TRUE(esxi->has_run({"touch", "/tmp/gpupass-reboot"}));
    EXPECT_TRUE(ready);
    EXPECT_THAT(watch.notes, Contains(HasSubstr("away")));
}

TEST_F(Rebooting, TheConnectionMayBreakWithTheCommand)
{
    esxi->on_batch = [this, sent = false](FakeEsxi& fake) mutable -> std::optional<Error> {
        if (fake.has_run({"/sbin/auto-backup.sh"}) && !sent) {
            sent = rebooting = true;
            return Error{.kind = ErrorKind::unreachable, .what = "connection reset"};
        }
        return rebooting && !ready ? away() : std::nullopt;
    };
    EXPECT_TRUE(apply(RebootHost{})) << error;
}

TEST_F(Rebooting, IsRefusedWhileAVmRuns)
{
    esxi->vm("30")->running = true;
    EXPECT_FALSE(apply(RebootHost{}));
    EXPECT_EQ(error.kind, ErrorKind::blocked);
    EXPECT_THAT(error.what, HasSubstr("router"));
    EXPECT_FALSE(esxi->has_run({"reboot"}));
}

TEST_F(Rebooting, IsRefusedWhenSettingsCannotBeSaved)
{
    esxi->commands[{"/sbin/auto-backup.sh"}] = FakeEsxi::failure(1, "No space left on device");
    EXPECT_FALSE(apply(RebootHost{}));
    EXPECT_FALSE(esxi->has_run({"reboot"}));
}

TEST_F(Rebooting, AHostThatStaysTheSameBootTimesOut)
{
    esxi->on_batch = nullptr;
    EXPECT_FALSE(apply(RebootHost{}));
    EXPECT_EQ(error.kind, ErrorKind::timeout);
    EXPECT_THAT(error.what, HasSubstr("going down"));
}

TEST_F(Rebooting, AnotherHostKeyIsReportedAtOnce)
{
    esxi->on_batch = [this](FakeEsxi&) -> std::optional<Error> {
        return rebooting ? std::optional{Error{.kind = ErrorKind::unauthorised, .what = "the host key changed"}} : std::nullopt;
    };
    EXPECT_FALSE(apply(RebootHost{}));
    EXPECT_EQ(error.kind, ErrorKind::unauthorised);
}

TEST_F(Rebooting, WaitsForTheManagementService)
{
    int lists = 0;
    const auto reboot = esxi->before_run;
    esxi->before_run = [&, reboot](const Words& words) {
        reboot(words);
        if (!ready || words != Words{"vim-cmd", "vmsvc/getallvms"})
            return;
        esxi->commands.erase(words);
        if (++lists < 3)
            esxi->commands[words] = FakeEsxi::failure(1, "Failed to login: Connection refused");
    };
    EXPECT_TRUE(apply(RebootHost{})) << error;
    EXPECT_EQ(lists, 3);
    EXPECT_THAT(watch.notes, Contains(HasSubstr("management service")));
}

}  // namespace
}  // namespace gpupass::esxi
