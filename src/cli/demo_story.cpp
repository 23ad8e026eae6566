#include "cli/demo_stage.hpp"

#include "apply/run.hpp"
#include "cli/change.hpp"
#include "cli/gpu_argument.hpp"
#include "cli/inspect_view.hpp"
#include "cli/proof.hpp"
#include "cli/report.hpp"
#include "cli/run_talk.hpp"
#include "cli/verdict_view.hpp"

#include <fmt/format.h>

#include <algorithm>

// The whole story of the NUC 11, told while it happens. Nothing here is special: the same functions that the commands
// use do the work.

namespace gpupass::cli {

namespace {

constexpr const char* vm_name = "debian";

Error went_wrong(const std::string& what)
{
    return {.kind = ErrorKind::failed, .what = what, .where = {"demo"}, .next = "please report it with the text above"};
}

/// A run must end done; its error goes up otherwise.
Result<RunOutcome> must_be_done(Result<RunOutcome> outcome)
{
    if (!outcome)
        return outcome;
    if (outcome->error)
        return std::unexpected(*outcome->error);
    if (outcome->record.state != RunState::done)
        return std::unexpected(went_wrong("the run ended " + to_string(outcome->record.state)));
    return outcome;
}

void tell_beginning(DemoStage& stage, const HostFacts& facts)
{
    stage.chapter("What is there");
    stage.say("A small home server: an Intel NUC 11 under VMware ESXi. It is simulated, but everything goes over real SSH "
              "with the commands a real ESXi gets. Its GPU, an Iris Xe, idles while the VMs have none.");
    stage.show(inspect_text(inspect_view(stage.host(), facts, stage.opened().uri), stage.around().paint_out(),
                            stage.around().terminal.width));
}

void tell_trap(DemoStage& stage)
{
    stage.chapter("Why the obvious way fails");
    stage.say("ESXi draws its own console on this GPU. Whoever only switches passthrough on is told `Enabled / Needs reboot`: "
              "the state `pending`. After the reboot the console has taken the GPU again, and it is still pending: after "
              "every reboot, for ever. The console must let go first (kernel option vga=FALSE), and from then on the "
              "monitor stays dark, so the way in over SSH is proven before.");
    stage.say("And that is not all: the VM must reserve its memory in full, its virtual IOMMU must be off, and the address "
              "in its configuration is decimal. (`gpupass demo --naive` shows what each of these looks like when it goes "
              "wrong.)");
}

Result<RunOutcome> tell_attach(DemoStage& stage, Journal& journal, TerminalTalk& talk, const HostFacts& facts)
{
    stage.chapter("The plan, and its steps");
    stage.say("$ gpupass attach auto --vm debian --start");
    const auto gpu = choose_gpu(facts, "auto");
    if (!gpu)
        return std::unexpected(gpu.error());
    const auto goal = stage.host().attach_goal(facts, {.gpu = *gpu, .vm = vm_name, .start = true, .consents = {}});
    if (!goal)
        return std::unexpected(goal.error());
    const RunOptions options{.state_folder = stage.around().state_folder,
                             .uri = stage.opened().uri,
                             .command = fmt::format("attach {} --vm {} --start", to_string(*gpu), vm_name)};
    return must_be_done(start_run(stage.host(), journal, facts, *goal, options, talk));
}

Result<Verdict> tell_proof(Context& context, DemoStage& stage, const RunOutcome& run)
{
    stage.chapter("Proof where it counts: in the guest");
    Context inside{context.options, stage.around()};
    const auto verdict = prove_in_guest(inside, stage.opened(), run.facts, run.record.goal);
    if (!verdict)
        return std::unexpected(went_wrong("the run gave no VM a GPU"));
    stage.show(verdict_text(*verdict, stage.around().paint_out(), stage.around().terminal.width));
    if (verdict->word != "working")
        return std::unexpected(went_wrong("the guest's verdict is " + verdict->word + ": " + verdict->why));
    if (verdict->simulated)
        stage.say("The guest is simulated too, and its report says so: on real hardware these figures are measured.");
    return *verdict;
}

Result<HostFacts> tell_undo(DemoStage& stage, Journal& journal, TerminalTalk& talk, long run)
{
    stage.chapter("And back again");
    stage.say("$ gpupass undo");
    stage.say("The journal knows every value from before. Going back is a plan like any other, across one more reboot.");
    const RunOptions options{.state_folder = stage.around().state_folder,
                             .uri = stage.opened().uri,
                             .command = fmt::format("undo {}", run)};
    const auto outcome = must_be_done(undo_run(stage.host(), journal, run, {}, options, talk));
    if (!outcome)
        return std::unexpected(outcome.error());
    return stage.probe();
}

std::string value_text(const Value& value)
{
    return value ? *value : "unknown";
}

std::string setting_text(const Settings& settings, const std::string& key)
{
    const auto found = settings.find(key);
    if (found == settings.end())
        return "absent";
    return fmt::format("{} ({})", value_text(found->second.configured), value_text(found->second.effective));
}

/// Keys whose setting is not what it was, one line each.
std::vector<std::string> differences(const Settings& before, const Settings& after)
{
    Settings all = before;
    all.insert(after.begin(), after.end());
    std::vector<std::string> lines;
    for (const auto& [key, unused] : all)
        if (setting_text(before, key) != setting_text(after, key))
            lines.push_back(fmt::format("{}: was {}, is {}", key, setting_text(before, key), setting_text(after, key)));
    return lines;
}

Result<void> tell_end(DemoStage& stage, const HostFacts& before, const HostFacts& after)
{
    stage.chapter("As if nothing had happened");
    const auto lines = differences(before.settings, after.settings);
    for (const std::string& line : lines)
        stage.quote(line);
    if (!lines.empty())
        return std::unexpected(went_wrong("the host is not as it was before"));
    stage.say(fmt::format("All {} settings of the host and its VMs are what they were at the beginning.", before.settings.size()));
    return {};
}

}  // namespace

Result<DemoEnd> tell_story(Context& context, DemoStage& stage)
{
    const auto before = stage.probe();
    if (!before)
        return std::unexpected(before.error());
    tell_beginning(stage, *before);
    tell_trap(stage);
    auto journal = stage.around().open_journal(stage.around().state_folder);
    if (!journal)
        return std::unexpected(journal.error());
    TerminalTalk talk{stage.around(), before->name, true};
    const auto run = tell_attach(stage, **journal, talk, *before);
    if (!run)
        return std::unexpected(run.error());
    const auto verdict = tell_proof(context, stage, *run);
    if (!verdict)
        return std::unexpected(verdict.error());
    const auto after = tell_undo(stage, **journal, talk, run->record.id);
    if (!after)
        return std::unexpected(after.error());
    if (auto end = tell_end(stage, *before, *after); !end)
        return std::unexpected(end.error());
    return DemoEnd{.verdict = verdict->word, .simulated = verdict->simulated, .restored = true};
}

}  // namespace gpupass::cli
