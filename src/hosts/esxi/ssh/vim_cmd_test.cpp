#include "hosts/esxi/ssh/vim_cmd.hpp"
#include "hosts/esxi/ssh/vim_object.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::ElementsAre;

TEST(VimObject, IsFlattenedWithItsPaths)
{
    const auto object = parse_vim_object("Listsummary:\r\n\r\n(vim.vm.Summary) {\r\n   vm = 'vim.VirtualMachine:130', \r\n   n = 4, \r\n"
                                         "   list = (string) [\r\n      \"a\", \r\n      \"b \"x\"\"\r\n   ], \r\n   empty = (X) [], \r\n   sub = (A.B) {\r\n"
                                         "      note = \"one\r\ntwo {\r\nthree\", \r\n      gone = <unset>, \r\n      none = (A) null, \r\n      flag = true\r\n   }\r\n}\r\nrest = 1\r\n");
    ASSERT_TRUE(object) << object.error();
    EXPECT_EQ(object->type, "vim.vm.Summary");
    EXPECT_EQ(object->value("vm"), "vim.VirtualMachine:130");
    EXPECT_EQ(object->value("n"), "4");
    EXPECT_EQ(object->value("list.1"), "b \"x\"");
    EXPECT_EQ(object->value("sub.note"), "one\ntwo {\nthree");
    EXPECT_EQ(object->value("sub.gone"), std::nullopt);
    EXPECT_NE(object->find("sub.none"), nullptr);
    EXPECT_EQ(object->value("sub.flag"), "true");
    EXPECT_EQ(object->find("rest"), nullptr);
}

TEST(VimObject, RefusesWhatDoesNotEndOrIsTooDeep)
{
    const auto cut = parse_vim_object("(A) {\n   b = (B) {\n      c = 1,\n");
    ASSERT_FALSE(cut);
    EXPECT_THAT(cut.error().where, ElementsAre("field b.", "line 3"));
    EXPECT_FALSE(parse_vim_object("(A) {\n   text = \"never ends,\n}\n"));
    EXPECT_FALSE(parse_vim_object("no object\n"));
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "a = (B) {\n";
    EXPECT_FALSE(parse_vim_object(deep));
}

std::string licence_with(const std::string& key)
{
    return "[200] Sending request for installed licenses...[200] Complete, result is:\n   serial: 00000-00000\n   vmodl key: " + key +
           "\r\n   name: X\n   Properties:\n     [ProductVersion] = 9.0\n[200] End of report.\n";
}

TEST(Licence, IsToldByItsKey)
{
    EXPECT_EQ(parse_licence(licence_with("esx.hypervisor.cpuPackageCoreLimited")), "free");
    EXPECT_EQ(parse_licence(licence_with("esxBasic")), "free");
    EXPECT_EQ(parse_licence(licence_with("esx.eval.entitlement.cpuCoreMin")), "evaluation");
    EXPECT_EQ(parse_licence(licence_with("eval")), "evaluation");
    EXPECT_EQ(parse_licence(licence_with("esx.enterprisePlus.cpuPackage")), "licensed");
    EXPECT_FALSE(parse_licence(licence_with("")));
    EXPECT_FALSE(parse_licence("[200] End of report.\n"));
}

TEST(Autostart, ListsTheVmsThatStart)
{
    const auto entries = parse_autostart_sequence("(vim.host.AutoStartManager.AutoPowerInfo) [\n   (vim.host.AutoStartManager.AutoPowerInfo) {\n"
                                                  "      startOrder = 1, \n      startAction = \"PowerOn\", \n      key = 'vim.VirtualMachine:3', \n   }, \n"
                                                  "   (vim.host.AutoStartManager.AutoPowerInfo) {\n      key = 'vim.VirtualMachine:4', \n      startAction = \"None\", \n   }\n]\n");
    ASSERT_TRUE(entries) << entries.error();
    ASSERT_EQ(entries->size(), 2u);
    EXPECT_EQ((*entries)[0].vm_id, "3");
    EXPECT_TRUE((*entries)[0].starts);
    EXPECT_FALSE((*entries)[1].starts);
    EXPECT_TRUE(parse_autostart_sequence("(vim.host.AutoStartManager.AutoPowerInfo) []\n")->empty());
}

TEST(Autostart, DefaultsSayWhetherItIsOn)
{
    EXPECT_EQ(parse_autostart_enabled("(vim.host.AutoStartManager.SystemDefaults) {\n   startDelay = 120, \n   enabled = true, \n}\n"), true);
    const auto wrong = parse_autostart_enabled("(vim.host.AutoStartManager.SystemDefaults) {\n   enabled = <unset>\n}\n");
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().where, ElementsAre("field enabled"));
}

TEST(HostSummary, GivesMemoryAndName)
{
    const auto summary = parse_host_summary("(vim.host.Summary) {\n   hardware = (vim.host.Summary.HardwareSummary) {\n      vendor = \"Intel\", \n      model = \"NUC11PAKi5\", \n"
                                            "      memorySize = 34168340480, \n   }, \n   runtime = (vim.host.RuntimeInfo) {\n      inMaintenanceMode = false, \n   }, \n"
                                            "   config = (vim.host.Summary.ConfigSummary) {\n      name = \"nuc.lan\", \n   }, \n}\n");
    ASSERT_TRUE(summary) << summary.error();
    EXPECT_EQ(summary->memory_bytes, 34168340480);
    EXPECT_EQ(summary->name, "nuc.lan");
    EXPECT_EQ(summary->maintenance, false);
}

TEST(VmSummary, ReadsPowerToolsAndQuestion)
{
    const auto summary = parse_vm_summary("Listsummary:\n\n(vim.vm.Summary) {\n   runtime = (vim.vm.RuntimeInfo) {\n      question = (vim.vm.QuestionInfo) {\n         id = \"1\", \n"
                                          "         text = \"Did you move it?\", \n      }, \n      powerState = \"poweredOn\", \n   }, \n   guest = (vim.vm.Summary.GuestSummary) {\n"
                                          "      toolsRunningStatus = \"guestToolsNotRunning\", \n   }, \n   config = (C) {\n      vmPathName = \"[ds] a b/a b.vmx\", \n   }\n}\n");
    ASSERT_TRUE(summary) << summary.error();
    EXPECT_EQ(summary->power, Power::on);
    EXPECT_EQ(summary->tools_running, false);
    EXPECT_EQ(summary->question, "Did you move it?");
    EXPECT_EQ(summary->config_file, "[ds] a b/a b.vmx");
    EXPECT_FALSE(parse_vm_summary("(vim.vm.Summary) {\n   runtime = (R) {\n   }\n}\n"));
    EXPECT_FALSE(parse_vm_summary("(vim.vm.Summary) {\n   runtime = (R) {\n      powerState = \"asleep\"\n   }\n}\n"));
}

TEST(PowerState, IsFoundBelowItsHeading)
{
    EXPECT_EQ(parse_power_state("Retrieved runtime info\r\nPowered on\r\n"), Power::on);
    EXPECT_EQ(parse_power_state("Suspended\n"), Power::suspended);
    EXPECT_FALSE(parse_power_state("(vim.fault.NotFound) {\n   msg = \"Unable to find a VM corresponding to \"1\"\"\n}\n"));
}

TEST(Message, IsNoneOrTheQuestion)
{
    EXPECT_EQ(parse_message("No message.\n").value(), std::nullopt);
    EXPECT_EQ(parse_message("Virtual machine message _vmx1:\r\nmsg.uuid.altered: Did you move it?\r\n   0. Cancel\n").value(), "msg.uuid.altered: Did you move it?");
    EXPECT_FALSE(parse_message("garbage\n"));
}

TEST(Tasks, NewestIsLast)
{
    EXPECT_THAT(parse_task_list("(ManagedObjectReference) [\n   'vim.Task:haTask-512-vim.VirtualMachine.powerOn-2826', \n   'vim.Task:haTask-512-x-9'\n]\n"),
                ElementsAre("haTask-512-vim.VirtualMachine.powerOn-2826", "haTask-512-x-9"));
    EXPECT_TRUE(parse_task_list("(ManagedObjectReference) []\n").empty());
    EXPECT_TRUE(parse_task_list("'vim.Task:broken").empty());
}

TEST(TaskInfo, GivesAllMessagesOfTheError)
{
    const auto info = parse_task_info("(vim.TaskInfo) {\n   key = \"haTask\", \n   state = \"error\", \n   error = (vim.fault.GenericVmConfigFault) {\n"
                                      "      faultMessage = (vmodl.LocalizableMessage) [\n         (vmodl.LocalizableMessage) {\n            key = \"k\", \n            message = \"Failed to register the device pciPassthru0\", \n"
                                      "         }\n      ], \n      msg = \"Module 'DevicePowerOn' power on failed. \"\n   }, \n   progress = 100, \n}\n");
    ASSERT_TRUE(info) << info.error();
    EXPECT_EQ(info->state, "error");
    EXPECT_THAT(info->messages, ElementsAre("Module 'DevicePowerOn' power on failed. ", "Failed to register the device pciPassthru0"));
}

TEST(VimCmd, TellsHiccupsFromFailures)
{
    EXPECT_TRUE(is_transient({.out = "<unset>\n"}));
    EXPECT_TRUE(is_transient({.exit_code = 1, .err = "Failed to login: Connection reset by peer\n"}));
    EXPECT_FALSE(is_transient({.out = "Powering on VM:\nPower on failed\n"}));
    EXPECT_FALSE(is_transient({}));
}

}  // namespace
}  // namespace gpupass::esxi
