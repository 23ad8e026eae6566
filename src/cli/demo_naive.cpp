#include "cli/demo_hands.hpp"

#include "cli/inspect_view.hpp"
#include "cli/signals.hpp"
#include "cli/text.hpp"
#include "hosts/esxi/plan.hpp"
#include "knowledge/combinations.hpp"
#include "rules/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

// What the impatient do, straight on the host, without gpupass: each failure with the host's own words, and what the
// rules make of them. Each trap alone is avoided by a step of `attach` or named by a blocker of its plan.

namespace gpupass::cli {

namespace {

using namespace std::chrono_literals;

const PciDevice* the_gpu(const HostFacts& facts)
{
    const auto all = gpus(facts);
    return all.empty() ? nullptr : all.front();
}

std::string state_line(const HostFacts& facts)
{
    const PciDevice* gpu = the_gpu(facts);
    return gpu ? fmt::format("{}: configured owner {}, current owner {}: {}", to_string(gpu->address), gpu->configured_owner,
                             gpu->current_owner, to_string(state_of(*gpu)))
               : "no GPU";
}

Result<void> must_be(const std::vector<Finding>& findings, const std::string& rule)
{
    if (findings.empty() || findings.front().id != rule)
        return std::unexpected(went_wrong(fmt::format("this failure should be recognised as {}, not {}", rule,
                                                      findings.empty() ? "nothing" : findings.front().id)));
    return {};
}

Result<void> diagnose(DemoStage& stage, std::vector<Finding> findings, const std::string& rule)
{
    findings.resize(std::min<std::size_t>(findings.size(), 1));
    stage.show("");
    stage.show(findings_text(findings, stage.around().paint_out(), stage.around().terminal.width));
    return must_be(findings, rule);
}

Result<HostFacts> toggle_and_reboot(DemoStage& stage, const HostFacts& before)
{
    stage.chapter("Switch passthrough on and reboot");
    stage.say("It is one switch in the web page, so why read on? (VMs that run are simply cut off by this reboot.)");
    const PciDevice* gpu = the_gpu(before);
    if (!gpu)
        return std::unexpected(went_wrong("the simulated host has no GPU"));
    const auto set = run_shown(stage, {"esxcli", "hardware", "pci", "pcipassthru", "set", "-d", to_string(gpu->address), "-e", "true"});
    if (!set)
        return std::unexpected(set.error());
    auto facts = reboot_by_hand(stage, before);
    if (!facts)
        return facts;
    stage.quote(state_line(*facts));
    stage.say("\"Needs reboot\", says the web page. So once more:");
    facts = reboot_by_hand(stage, *facts);
    if (!facts)
        return facts;
    stage.quote(state_line(*facts));
    const Step step{.id = "reboot-host", .change = RebootHost{}, .sets = {{owner_key(to_string(gpu->address)), "passthrough"}}};
    if (auto known = diagnose(stage, {esxi::explain_no_effect(step, *facts)}, "esxi-console-holds-igpu"); !known)
        return std::unexpected(known.error());
    return facts;
}

Result<HostFacts> give_up_console(DemoStage& stage, const HostFacts& before)
{
    stage.say("With vga=FALSE the console lets go. Nobody has checked whether SSH will be there after the reboot, when the "
              "monitor is dark; this time it is:");
    if (const auto set = run_shown(stage, {"esxcli", "system", "settings", "kernel", "set", "-s", "vga", "-v", "FALSE"}); !set)
        return std::unexpected(set.error());
    auto facts = reboot_by_hand(stage, before);
    if (facts)
        stage.quote(state_line(*facts));
    if (facts && (!the_gpu(*facts) || state_of(*the_gpu(*facts)) != PassthroughState::active))
        return std::unexpected(went_wrong("the GPU should be active now"));
    return facts;
}

/// A VM's configuration with the device in it, right but for what a trap gets wrong.
struct Trap {
    std::string title;
    std::string thought;  // why the impatient think that it works
    std::string vm;
    std::vector<Want> edits;
    std::string rule;
};

std::vector<Want> device_keys(int index, const PciDevice& device, const std::string& id, const std::string& system_id)
{
    const std::string key = fmt::format("pciPassthru{}.", index);
    return {{key + "present", "TRUE"},
            {key + "id", id},
            {key + "vendorId", hex_id(device.id.vendor)},
            {key + "deviceId", hex_id(device.id.device)},
            {key + "systemId", system_id}};
}

std::string decimal_id(const PciAddress& a)
{
    return fmt::format("{:05}:{:03}:{:02}.{}", a.segment, a.bus, a.slot, a.function);
}

std::vector<Want> memory_keys(const Vm& vm)
{
    const std::string size = std::to_string(vm.memory_mb.value_or(0));
    return {{"sched.mem.min", size}, {"sched.mem.minSize", size}, {"sched.mem.pin", "TRUE"}};
}

std::vector<Want> joined(std::vector<std::vector<Want>> parts)
{
    std::vector<Want> all;
    for (auto& part : parts)
        std::ranges::move(part, std::back_inserter(all));
    return all;
}

Result<void> step_into(DemoStage& stage, const HostFacts& facts, const Trap& trap)
{
    stage.chapter(trap.title);
    stage.say(trap.thought);
    const Vm* vm = find_vm(facts, trap.vm);
    if (!vm)
        return std::unexpected(went_wrong("the simulated host has no VM " + trap.vm));
    if (auto done = edit_by_hand(stage, *vm, trap.edits); !done)
        return done;
    if (const auto on = run_shown(stage, {"vim-cmd", "vmsvc/power.on", vm->id}); !on)
        return std::unexpected(on.error());
    const auto texts = failure_texts(stage, *vm);
    if (!texts)
        return std::unexpected(texts.error());
    const auto now = stage.probe();
    if (!now)
        return std::unexpected(now.error());
    if (const Vm* after = find_vm(*now, trap.vm); !after || after->power == Power::on)
        return std::unexpected(went_wrong("this VM should not have started"));
    return diagnose(stage, match_rules(*texts, &*now), trap.rule);
}

/// A second device whose address reads differently in decimal: the GPU's 00:02.0 happens to be the same in both.
const PciDevice* usb_controller(const HostFacts& facts)
{
    const auto found = std::ranges::find_if(facts.pci, [](const PciDevice& d) { return d.class_code == 0x0c03 && d.address.slot > 9; });
    return found == facts.pci.end() ? nullptr : &*found;
}

Result<std::vector<Trap>> traps(const HostFacts& facts, const std::string& system_id)
{
    const PciDevice* gpu = the_gpu(facts);
    const PciDevice* usb = usb_controller(facts);
    const Vm* debian = find_vm(facts, "debian");
    const Vm* windows = find_vm(facts, "windows11");
    if (!gpu || !usb || !debian || !windows)
        return std::unexpected(went_wrong("the simulated NUC is not the one of the story"));
    const auto right = device_keys(0, *gpu, decimal_id(gpu->address), system_id);
    const auto hexadecimal = device_keys(1, *usb, to_string(usb->address), system_id);
    std::vector<Want> no_usb;
    for (const Want& want : hexadecimal)
        no_usb.push_back({want.key, std::nullopt});
    return std::vector<Trap>{
        {"Copy the address as every tool shows it",
         "The GPU goes into VM debian, and a USB controller for keyboard and mouse along with it, with the address as lspci "
         "and esxcli write it.",
         "debian", joined({right, hexadecimal, memory_keys(*debian)}), "vmx-pci-address-format"},
        {"Leave the virtual IOMMU on",
         "Only the GPU, then. An IOMMU is what passthrough is about, so the VM's `Expose IOMMU to the guest` surely helps.",
         "debian", joined({right, no_usb, memory_keys(*debian), {{"vvtd.enable", "TRUE"}}}), "vm-iommu-exposed-with-passthrough"},
        {"Reserve no memory", "Other VMs run without a reservation, too.", "debian",
         joined({right, {{"vvtd.enable", "FALSE"}, {"sched.mem.min", "0"}, {"sched.mem.minSize", std::nullopt}, {"sched.mem.pin", std::nullopt}}}),
         "memory-not-fully-reserved"},
        {"Give it to a VM with a snapshot", "Windows 11 needs the graphics more. Its snapshot is good to have, in case it goes wrong.",
         "windows11", joined({right, memory_keys(*windows), {{"vvtd.enable", "FALSE"}}}), "vm-has-snapshots"}};
}

/// Waits until the guest has crashed `times` times; the lines that say so.
Result<std::string> wait_for_crashes(DemoStage& stage, const Vm& vm, int times)
{
    for (const Deadline deadline = Deadline::in(60s); !deadline.passed() && stop_wishes() == 0;) {
        const auto log = log_of(stage, vm);
        if (!log)
            return log;
        std::string crashes;
        int count = 0;
        for (std::size_t begin = 0; begin < log->size();) {
            const auto end = std::min(log->find('\n', begin), log->size());
            const std::string line = log->substr(begin, end - begin);
            begin = end + 1;
            if (line.find("reports a crash") == std::string::npos)
                continue;
            ++count;
            crashes += line + "\n";
        }
        if (count >= times)
            return crashes;
        std::this_thread::sleep_for(300ms);
    }
    return std::unexpected(went_wrong("Windows should have crashed again and again"));
}

Result<void> windows_loop(DemoStage& stage)
{
    stage.chapter("Insist on Windows");
    stage.say("Without the snapshot Windows does start, installs the driver and shows the GPU. Then somebody shuts it down.");
    auto facts = stage.probe();
    const Vm* vm = facts ? find_vm(*facts, "windows11") : nullptr;
    if (!vm)
        return std::unexpected(facts ? went_wrong("there is no VM windows11") : facts.error());
    const std::string snapshots = vm->config_path.substr(0, vm->config_path.rfind('.')) + ".vmsd";
    for (const auto& command : {std::vector<std::string>{"rm", snapshots}, {"vim-cmd", "vmsvc/reload", vm->id}, {"vim-cmd", "vmsvc/power.on", vm->id}})
        if (const auto answer = run_shown(stage, command); !answer)
            return std::unexpected(answer.error());
    std::this_thread::sleep_for(1s);  // until the guest's tools listen
    if (const auto answer = run_shown(stage, {"vim-cmd", "vmsvc/power.shutdown", vm->id}); !answer)
        return std::unexpected(answer.error());
    const auto crashes = wait_for_crashes(stage, *vm, 3);
    if (!crashes)
        return std::unexpected(crashes.error());
    stage.quote(*crashes);
    facts = stage.probe();
    vm = facts ? find_vm(*facts, "windows11") : nullptr;
    const PciDevice* gpu = facts ? the_gpu(*facts) : nullptr;
    if (!vm || !gpu)
        return std::unexpected(went_wrong("the host could not be read again"));
    const auto warnings = known_bad(*facts, *gpu, *vm);
    if (warnings.empty())
        return std::unexpected(went_wrong("this combination should be known"));
    stage.say(fmt::format("It restarts, crashes, and restarts. That is known, and `gpupass attach` says it before: {} (source: {})",
                          warnings.front().text, warnings.front().source));
    return {};
}

Result<void> all_traps(DemoStage& stage, const HostFacts& facts)
{
    const auto uuid = ask_one(stage.machine(), Run{{"esxcli", "system", "uuid", "get"}}, Deadline::in(30s));
    if (!uuid)
        return std::unexpected(uuid.error());
    const auto list = traps(facts, uuid->out.substr(0, uuid->out.find('\n')));
    if (!list)
        return std::unexpected(list.error());
    for (const Trap& trap : *list)
        if (auto done = stop_wishes() > 0 ? fail(ErrorKind::interrupted, "stopped as you wished") : step_into(stage, facts, trap); !done)
            return done;
    return windows_loop(stage);
}

}  // namespace

Result<DemoEnd> tell_naive_story(Context&, DemoStage& stage)
{
    auto facts = stage.probe();
    if (!facts)
        return std::unexpected(facts.error());
    stage.say("What the impatient do on this (simulated) NUC 11, command by command, and what the host answers.");
    facts = toggle_and_reboot(stage, *facts);
    if (facts)
        facts = give_up_console(stage, *facts);
    if (!facts)
        return std::unexpected(facts.error());
    if (auto done = all_traps(stage, *facts); !done)
        return std::unexpected(done.error());
    stage.chapter("Or");
    stage.say("`gpupass demo` shows the same evening with a plan: one command, one reboot, proof, and the way back.");
    return DemoEnd{.verdict = "", .simulated = true, .restored = false};
}

}  // namespace gpupass::cli
