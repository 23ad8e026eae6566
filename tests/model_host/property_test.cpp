#include "model_host/model_host.hpp"
#include "model_host/talk.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

// For random hosts and goals: performing the plan on the model reaches the goal, planning again gives nothing, and
// undo brings the settings back.

namespace gpupass::test {
namespace {

struct Scenario {
    HostFacts facts;
    AttachRequest request;
};

std::string gen_name(int index)
{
    const std::string odd = *rc::gen::element<std::string>("vm", "a b", "it's", "$(touch x)", "\";reboot;\"", "x.y", "%2E", "𝄞", "l1\nl2");
    return odd + std::to_string(index);
}

Vm gen_vm(HostFacts& facts, int index)
{
    Vm vm{.id = std::to_string(index + 1), .name = gen_name(index), .guest_os = *rc::gen::element<std::string>("debian11-64", "windows9-64"),
          .memory_mb = *rc::gen::element(512, 4096, 8192), .memory_reserved_mb = 0, .viommu = *rc::gen::arbitrary<bool>(), .nested_hv = false,
          .encrypted = false, .snapshots = 0, .autostart = *rc::gen::arbitrary<bool>()};
    vm.config_path = "/vmfs/volumes/d/" + vm.id + ".vmx";
    vm.power = *rc::gen::element(Power::on, Power::off, Power::off);
    const std::string power = to_string(vm.power);
    facts.settings[vm_key(vm.name, "power")] = {power, power};
    if (*vm.viommu || *rc::gen::arbitrary<bool>()) {
        const std::string word = *vm.viommu ? "TRUE" : "FALSE";
        facts.settings[vm_key(vm.name, "vvtd.enable")] = {word, word};
    }
    if (*rc::gen::arbitrary<bool>()) {
        vm.memory_reserved_mb = *rc::gen::element<std::int64_t>(256, *vm.memory_mb);
        const std::string word = std::to_string(*vm.memory_reserved_mb);
        facts.settings[vm_key(vm.name, "sched.mem.min")] = {word, word};
    }
    return vm;
}

/// The two switches of the host in every combination that the platform allows.
void gen_switches(HostFacts& facts)
{
    const std::string vga = *rc::gen::element<std::string>("TRUE", "FALSE");
    const bool vga_waits = *rc::gen::arbitrary<bool>();
    const std::string running = vga_waits ? (vga == "TRUE" ? "FALSE" : "TRUE") : vga;
    facts.settings["kernel.vga"] = {vga, running};
    const std::string configured = *rc::gen::element<std::string>("host", "passthrough");
    const std::string current = running == "TRUE" ? "host" : *rc::gen::element<std::string>("host", "passthrough");
    facts.settings["pci.0000:00:02.0.owner"] = {configured, current};
    facts.pci[0].configured_owner = configured;
    facts.pci[0].current_owner = current;
    facts.console_gpu = running == "TRUE" ? std::optional{facts.pci[0].address} : std::nullopt;
}

Scenario gen_scenario()
{
    Scenario scenario{.facts = nuc11()};
    HostFacts& facts = scenario.facts;
    facts.vms.clear();
    std::erase_if(facts.settings, [](const auto& item) { return item.first.starts_with("vm."); });
    gen_switches(facts);
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i)
        facts.vms.push_back(gen_vm(facts, i));
    const Vm& vm = facts.vms[static_cast<std::size_t>(*rc::gen::inRange(0, count))];
    scenario.request = {.gpu = {0, 0, 2, 0}, .vm = vm.name, .start = *rc::gen::arbitrary<bool>()};
    return scenario;
}

/// An autostart VM that was off comes up at a reboot by the host's own rules, and stays: that is not ours to undo.
Settings without_autostarted(const HostFacts& before, Settings settings)
{
    for (const Vm& vm : before.vms)
        if (vm.autostart.value_or(false))
            settings.erase(vm_key(vm.name, "power"));
    return settings;
}

TEST(Property, PlanReachesTheGoalOnceAndUndoRestores)
{
    EXPECT_TRUE(rc::check([] {
        const Scenario scenario = gen_scenario();
        StateFolder folder;
        auto journal = *open_journal(folder.path);
        ModelHost host{scenario.facts};
        Talk talk;
        const RunOptions options{.state_folder = folder.path, .uri = "model:", .command = "attach"};
        const auto goal = host.attach_goal(host.facts, scenario.request);
        RC_ASSERT(goal.has_value());
        RC_ASSERT(host.plan(host.facts, *goal).blockers.empty());

        const auto outcome = start_run(host, *journal, host.facts, *goal, options, talk);
        RC_ASSERT(outcome.has_value());
        RC_ASSERT(!outcome->error);
        RC_ASSERT(host.plan(host.facts, *goal).steps.empty());
        RC_ASSERT(host.reboots <= 1);
        RC_ASSERT(state_of(host.facts.pci[0]) == PassthroughState::active);
        if (outcome->record.id == 0)
            return;  // it was so already

        const auto undone = undo_run(host, *journal, outcome->record.id, {}, options, talk);
        RC_ASSERT(undone.has_value());
        RC_ASSERT(!undone->error);
        Settings wanted = scenario.facts.settings;
        // What waited for a reboot before may be in effect after the reboots of run and undo.
        for (auto& [key, setting] : wanted)
            if (setting.configured != setting.effective)
                setting.effective = host.facts.settings[key].effective;
        RC_ASSERT(without_autostarted(scenario.facts, host.facts.settings) == without_autostarted(scenario.facts, wanted));
    }));
}

TEST(Property, KeysSplitBackIntoAnyName)
{
    EXPECT_TRUE(rc::check([](const std::string& name) {
        const auto split = split_vm_key(vm_key(name, "power"));
        RC_ASSERT(split && split->vm == name && split->key == "power");
    }));
}

}  // namespace
}  // namespace gpupass::test
