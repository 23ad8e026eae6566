#include "model/facts.hpp"
#include "model/json.hpp"
#include "model/pci.hpp"
#include "model/plan.hpp"
#include "model/setting.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using testing::ElementsAre;

TEST(PciAddress, ReadsBothForms)
{
    EXPECT_EQ(parse_pci_address("0000:00:02.0"), (PciAddress{0, 0, 2, 0}));
    EXPECT_EQ(parse_pci_address("00:02.0"), (PciAddress{0, 0, 2, 0}));
    EXPECT_EQ(parse_pci_address("0000:1A:1f.7"), (PciAddress{0, 0x1a, 0x1f, 7}));
    EXPECT_EQ(to_string(PciAddress{0x10, 0x1a, 2, 1}), "0010:1a:02.1");
}

TEST(PciAddress, RefusesWhatIsNotOne)
{
    for (const char* text : {"", "0:2.0", "00:02", "00:02.8", "00:20.0", "00:02.0 ", " 00:02.0", "0000:00:02.00", "zz:02.0",
                             "00000:000:02.0", "00:-2.0", "+0:02.0", "0x:02.0"})
        EXPECT_FALSE(parse_pci_address(text)) << text;
}

// A bus, slot and function never swap places: slot 00:02 is not bus 02 (peers' bug 1).
TEST(PciAddress, SlotIsNotBus)
{
    EXPECT_NE(parse_pci_address("00:02.0"), parse_pci_address("02:00.0"));
    EXPECT_NE(parse_pci_address("00:02.1"), parse_pci_address("00:02.0"));
}

TEST(PciId, ReadsAndWrites)
{
    EXPECT_EQ(parse_pci_id("8086:9A49"), (PciId{0x8086, 0x9a49}));
    EXPECT_EQ(to_string(PciId{0x8086, 0x9a49}), "8086:9a49");
    EXPECT_FALSE(parse_pci_id("8086:9a4"));
    EXPECT_FALSE(parse_pci_id("808609a49"));
    EXPECT_EQ(hex_id(0x1a), "0x001a");
}

TEST(Setting, AbsentUnknownAndValueDiffer)
{
    const Settings settings{{"a", {"1", "1"}}, {"b", {"1", "2"}}, {"c", {}}};
    EXPECT_TRUE(holds(settings, {"a", "1"}));
    EXPECT_FALSE(holds(settings, {"b", "1"}));
    EXPECT_TRUE(is_configured(settings, {"b", "1"}));
    EXPECT_FALSE(holds(settings, {"c", std::nullopt})) << "unknown is not absent";
    EXPECT_FALSE(holds(settings, {"c", ""}));
    EXPECT_TRUE(holds(settings, {"d", std::nullopt}));
    EXPECT_FALSE(holds(settings, {"a", std::nullopt}));
}

TEST(Setting, VmKeysSplitInOneWayOnly)
{
    for (const char* name : {"debian", "a.b", "50%", "%2E", "x\ny", "it's", "𝄞", "a.power"}) {
        const auto split = split_vm_key(vm_key(name, "pciPassthru0.id"));
        ASSERT_TRUE(split) << name;
        EXPECT_EQ(split->vm, name);
        EXPECT_EQ(split->key, "pciPassthru0.id");
    }
    EXPECT_EQ(vm_key("debian", "vvtd.enable"), "vm.debian.vvtd.enable");
    EXPECT_FALSE(split_vm_key("kernel.vga"));
    EXPECT_FALSE(split_vm_key("vm.debian"));
    EXPECT_FALSE(split_vm_key("vm.debian."));
}

TEST(Setting, PatternsStandForKeysThatNobodyNamed)
{
    const Settings settings{{"vm.a.pciPassthru0.id", {"x", "x"}}, {"vm.a.pciPassthru0.slot", {"y", "y"}}, {"vm.a.pciPassthru00.id", {"z", "z"}}};
    const auto wants = expand(settings, {{"vm.a.pciPassthru0.*", std::nullopt}, {"vm.a.pciPassthru0.id", "x"}});
    EXPECT_THAT(wants, ElementsAre(Want{"vm.a.pciPassthru0.slot", std::nullopt}, Want{"vm.a.pciPassthru0.id", "x"}));
}

TEST(Facts, ThreeStates)
{
    PciDevice gpu{.configured_owner = "host", .current_owner = "host"};
    EXPECT_EQ(state_of(gpu), PassthroughState::disabled);
    gpu.configured_owner = "passthrough";
    EXPECT_EQ(state_of(gpu), PassthroughState::pending);
    gpu.current_owner = "passthrough";
    EXPECT_EQ(state_of(gpu), PassthroughState::active);
    gpu.configured_owner = "host";
    EXPECT_EQ(state_of(gpu), PassthroughState::pending);
}

TEST(Facts, VmByNameBeforeIdAndNeverByAnAmbiguousName)
{
    HostFacts facts;
    facts.vms = {{.id = "1", .name = "twin"}, {.id = "2", .name = "twin"}, {.id = "3", .name = "1"}};
    EXPECT_EQ(find_vm(facts, "twin"), nullptr);
    EXPECT_EQ(find_vm(facts, "2"), &facts.vms[1]);
    EXPECT_EQ(find_vm(facts, "1"), &facts.vms[2]);
}

TEST(Facts, BootsAreToldApart)
{
    const Boot before{.uptime_s = 1000, .started_at = 5000};
    EXPECT_TRUE(same_boot(before, {.uptime_s = 1010, .started_at = 5001}));
    EXPECT_FALSE(same_boot(before, {.uptime_s = 10, .started_at = 6100}));
    EXPECT_FALSE(same_boot(before, {.uptime_s = 2000, .started_at = 6100}));
    EXPECT_FALSE(same_boot(before, {.uptime_s = 999, .started_at = 5000}));
}

TEST(Plan, StepsThatNeedARebootPromiseTheConfiguredValueOnly)
{
    const Settings settings{{"kernel.vga", {"FALSE", "TRUE"}}};
    Step step{.sets = {{"kernel.vga", "FALSE"}}};
    EXPECT_FALSE(has_worked(settings, step));
    step.only_configured = true;
    EXPECT_TRUE(has_worked(settings, step));
}

TEST(Plan, RunningVmsRunAgainUnlessTheGoalSaysOtherwise)
{
    Goal goal{.wants = {{"vm.a.power", "off"}}};
    keep_running(goal, {{"vm.a.power", {"on", "on"}}, {"vm.b.power", {"on", "on"}}, {"vm.c.power", {"off", "off"}}});
    EXPECT_THAT(goal.wants, ElementsAre(Want{"vm.a.power", "off"}, Want{"vm.b.power", "on"}));
}

TEST(Json, GoalSurvives)
{
    const Goal goal{.sentence = "it's 𝄞 \"x\"\n",
                    .wants = {{"kernel.vga", "FALSE"}, {"vm.a.pciPassthru0.*", std::nullopt}, {"empty", ""}},
                    .device = PciAddress{0, 0, 2, 0},
                    .device_id = PciId{0x8086, 0x9a49},
                    .vm = "debian",
                    .consents = {.accept = {"0000:00:1f.3"}, .power_off = {"a b"}}};
    const auto back = goal_from_json(to_json(goal));
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(*back, goal);
    EXPECT_EQ(goal_from_json(to_json(Goal{})), Goal{});
}

TEST(Json, DamageIsAnErrorNotACrash)
{
    for (const char* text : {"", "{}", "[]", "{\"sentence\":1}", "nonsense", "{\"sentence\":\"x\",\"wants\":[{}]}"})
        EXPECT_FALSE(goal_from_json(text)) << text;
    EXPECT_FALSE(wants_from_json("{\"key\":1}"));
}

}  // namespace
}  // namespace gpupass
