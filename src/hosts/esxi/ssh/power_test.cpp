#include "hosts/esxi/ssh/step_test.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class StopVmsStep : public StepTest {};
class StartVmsStep : public StepTest {};

TEST_F(StopVmsStep, AsksTheGuestsAndWaits)
{
    ASSERT_TRUE(apply(StopVms{{"debian", "router"}, {}})) << error;
    EXPECT_FALSE(esxi->vm("20")->running);
    EXPECT_FALSE(esxi->vm("30")->running);
    EXPECT_EQ(esxi->has_run({"vim-cmd", "vmsvc/power.off", "20"}), false);
    EXPECT_TRUE(apply(StopVms{{"debian", "router"}, {}})) << "again: nothing to do";
}

TEST_F(StopVmsStep, LooksAtAllBeforeItStopsOne)
{
    esxi->vm("30")->tools = false;
    EXPECT_FALSE(apply(StopVms{{"debian", "router"}, {}}));
    EXPECT_EQ(error.kind, ErrorKind::blocked);
    EXPECT_THAT(error.what, AllOf(HasSubstr("router"), HasSubstr("Tools")));
    EXPECT_TRUE(esxi->vm("20")->running);
    EXPECT_THAT(error.where, Contains(HasSubstr("no guest")));

    esxi->vm("30")->tools = true;
    esxi->vm("30")->question = "msg.hbacommon.outofspace: no space";
    EXPECT_FALSE(apply(StopVms{{"debian", "router"}, {}}));
    EXPECT_THAT(error.what, AllOf(HasSubstr("router"), HasSubstr("outofspace")));
    EXPECT_TRUE(esxi->vm("20")->running);
}

TEST_F(StopVmsStep, WaitsForTheToolsOfAGuestThatTheHostHasJustStarted)
{
    facts.boot = Boot{.uptime_s = 0, .started_at = 1651300000};
    esxi->vm("30")->tools = false;
    int looks = 0;
    esxi->before_run = [&](const FakeEsxi::Words& words) {
        if (words == FakeEsxi::Words{"vim-cmd", "vmsvc/get.summary", "30"} && ++looks == 3)
            esxi->vm("30")->tools = true;
    };
    ASSERT_TRUE(apply(StopVms{{"debian", "router"}, {}})) << error;
    EXPECT_THAT(watch.notes, Contains(HasSubstr("tools")));
    EXPECT_FALSE(esxi->vm("30")->running);
}

TEST_F(StopVmsStep, RefusesASuspendedGuest)
{
    esxi->commands[{"vim-cmd", "vmsvc/get.summary", "10"}] = FakeEsxi::text("(vim.vm.Summary) {\n   runtime = (R) {\n      powerState = \"suspended\"\n   }\n}\n");
    EXPECT_FALSE(apply(StopVms{{"debian", "windows11"}, {}}));
    EXPECT_THAT(error.what, AllOf(HasSubstr("windows11"), HasSubstr("suspended")));
    EXPECT_TRUE(esxi->vm("20")->running);
}

TEST_F(StopVmsStep, CutsOnlyThoseItMay)
{
    esxi->vm("20")->tools = false;
    ASSERT_TRUE(apply(StopVms{{"router"}, {"debian"}})) << error;
    EXPECT_FALSE(esxi->vm("20")->running);
    EXPECT_FALSE(esxi->has_run({"vim-cmd", "vmsvc/power.off", "30"}));
}

TEST_F(StopVmsStep, GivesUpAtItsDeadlineAndNamesTheVm)
{
    esxi->vm("30")->obeys = false;
    EXPECT_FALSE(apply(StopVms{{"debian", "router"}, {}}));
    EXPECT_EQ(error.kind, ErrorKind::timeout);
    EXPECT_THAT(error.what, AllOf(HasSubstr("router"), Not(HasSubstr("debian"))));
    EXPECT_TRUE(esxi->vm("30")->running);
}

TEST_F(StopVmsStep, NeverStopsAVmThatTookOverAnId)
{
    esxi->vm("20")->file = "other/other.vmx";
    EXPECT_FALSE(apply(StopVms{{"debian"}, {}}));
    EXPECT_EQ(error.kind, ErrorKind::changed);
    EXPECT_TRUE(esxi->vm("20")->running);
}

TEST_F(StopVmsStep, LeavesWhenThePersonWantsTo)
{
    esxi->vm("20")->obeys = false;
    watch.leave = true;
    EXPECT_FALSE(apply(StopVms{{"debian"}, {}}));
    EXPECT_EQ(error.kind, ErrorKind::interrupted);
}

TEST_F(StopVmsStep, AHiccupOfTheServiceIsAskedAgain)
{
    int calls = 0;
    esxi->before_run = [&](const FakeEsxi::Words& words) {
        if (words == FakeEsxi::Words{"vim-cmd", "vmsvc/get.summary", "20"} && ++calls == 1)
            esxi->commands[words] = FakeEsxi::text("<unset>\n");
        else
            esxi->commands.erase({"vim-cmd", "vmsvc/get.summary", "20"});
    };
    EXPECT_TRUE(apply(StopVms{{"debian"}, {}})) << error;
    EXPECT_EQ(calls, 2);
}

TEST_F(StartVmsStep, StartsWhatIsOff)
{
    ASSERT_TRUE(apply(StartVms{{"windows11", "debian"}})) << error;
    EXPECT_TRUE(esxi->vm("10")->running);
    EXPECT_FALSE(esxi->has_run({"vim-cmd", "vmsvc/power.on", "20"})) << "it ran already";
}

TEST_F(StartVmsStep, AToldFailureIsSometimesFalse)
{
    esxi->vm("10")->start_failure = "Power on failed\n";
    esxi->before_run = [this](const FakeEsxi::Words& words) {
        if (words[1] == "vmsvc/power.getstate")
            esxi->vm("10")->running = true;
    };
    EXPECT_TRUE(apply(StartVms{{"windows11"}})) << error;
}

TEST_F(StartVmsStep, AHiccupIsTriedAgain)
{
    esxi->vm("10")->start_failure = "Failed to login: Connection reset by peer\n";
    int calls = 0;
    esxi->before_run = [&](const FakeEsxi::Words& words) {
        if (words[1] == "vmsvc/power.on" && ++calls == 2)
            esxi->vm("10")->start_failure.clear();
    };
    EXPECT_TRUE(apply(StartVms{{"windows11"}})) << error;
    EXPECT_EQ(calls, 2);
}

TEST_F(StartVmsStep, AQuestionIsNamed)
{
    esxi->vm("10")->start_failure = "Power on failed\n";
    esxi->vm("10")->question = "msg.uuid.altered: Did you move or copy it?";
    EXPECT_FALSE(apply(StartVms{{"windows11"}}));
    EXPECT_EQ(error.kind, ErrorKind::blocked);
    EXPECT_THAT(error.what, HasSubstr("msg.uuid.altered"));
}

std::string task_with(const std::string& message)
{
    return "(vim.TaskInfo) {\n   state = \"error\", \n   error = (F) {\n      msg = \"Module 'DevicePowerOn' power on failed. \", \n      faultMessage = (L) [\n         (L) {\n            message = \"" + message + "\"\n         }\n      ]\n   }\n}\n";
}

TEST_F(StartVmsStep, TheCauseIsReadFromTaskAndLogs)
{
    esxi->vm("10")->start_failure = "Power on failed\n";
    esxi->commands[{"vim-cmd", "vmsvc/get.tasklist", "10"}] = FakeEsxi::text("(ManagedObjectReference) [\n   'vim.Task:haTask-10-old-1', \n   'vim.Task:haTask-10-new-2'\n]\n");
    esxi->commands[{"vim-cmd", "vimsvc/task_info", "haTask-10-new-2"}] =
        FakeEsxi::text(task_with("Invalid memory setting: memory reservation (sched.mem.min) should be equal to memsize(16384)."));
    EXPECT_FALSE(apply(StartVms{{"windows11"}}));
    EXPECT_EQ(error.kind, ErrorKind::failed);
    EXPECT_THAT(error.what, AllOf(HasSubstr("windows11"), HasSubstr("memory"), Not(HasSubstr("DevicePowerOn"))));
    const auto findings = host->explain_failure(Step{.change = StartVms{{"windows11"}}}, facts, {});
    ASSERT_FALSE(findings.empty());
    EXPECT_EQ(findings.front().evidence.front().text, "Invalid memory setting: memory reservation (sched.mem.min) should be equal to memsize(16384).");
}

TEST_F(StartVmsStep, AnUmbrellaIsNoCause)
{
    esxi->vm("10")->start_failure = "Power on failed\n";
    esxi->commands[{"vim-cmd", "vmsvc/get.tasklist", "10"}] = FakeEsxi::text("(ManagedObjectReference) [\n   'vim.Task:haTask-10-new-2'\n]\n");
    esxi->commands[{"vim-cmd", "vimsvc/task_info", "haTask-10-new-2"}] = FakeEsxi::text(task_with("nothing known"));
    EXPECT_FALSE(apply(StartVms{{"windows11"}}));
    EXPECT_THAT(error.what, AllOf(HasSubstr("neither"), Not(HasSubstr("DevicePowerOn"))));
    EXPECT_THAT(error.next, HasSubstr("windows11.vmx"));
}

TEST_F(StartVmsStep, WhatALogSaysOfAnEarlierStartDoesNotCount)
{
    esxi->vm("10")->start_failure = "Power on failed\n";
    const std::string line = " Failed to register the device pciPassthru0 for 0:2.0\n";
    esxi->files["/vmfs/volumes/ds1/windows11/vmware.log"] = "2022-04-30T06:00:00.000Z| vmx| | I005: Failed to find a suitable device for pciPassthru0\n";
    EXPECT_FALSE(apply(StartVms{{"windows11"}}));
    EXPECT_THAT(error.what, HasSubstr("neither"));
    // 1651300000 is 2022-04-30 06:26:40.
    esxi->files["/vmfs/volumes/ds1/windows11/vmware.log"] += "2022-04-30T06:26:41.000Z| vmx| | I005: AH Failed to find a suitable device for pciPassthru0\n";
    EXPECT_FALSE(apply(StartVms{{"windows11"}}));
    EXPECT_THAT(error.what, Not(HasSubstr("neither")));
}

}  // namespace
}  // namespace gpupass::esxi
