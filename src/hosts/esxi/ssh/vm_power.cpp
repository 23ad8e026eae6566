#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/steps.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/esxi/ssh/vim_cmd.hpp"

#include <algorithm>

// Stopping and starting VMs. Guests are asked, never cut without consent; and before the first is asked, all of them
// are looked at, so that a guest that cannot be asked is found while everything still runs. This is the one place
// where tools and questions are read: a vim-cmd call a VM, for the VMs of the step only.

namespace gpupass::esxi {

namespace {

using Vms = std::vector<const Vm*>;

Query vm_query(std::string_view action, const Vm& vm)
{
    return Run{vm_command(action, vm.id)};
}

std::string join_names(const Vms& vms)
{
    std::string out;
    for (const Vm* vm : vms)
        out += (out.empty() ? "" : ", ") + excerpt(vm->name, 80);
    return out;
}

std::unexpected<Error> blocked(const Vm& vm, const std::string& why, const std::string& next)
{
    return at({.kind = ErrorKind::blocked, .what = "VM " + excerpt(vm.name, 80) + " " + why, .where = {}, .next = next},
              "no guest of this step was stopped");
}

enum class Guest { off, ready, deaf };  // deaf: it runs, and its tools do not

/// Can this guest be asked to stop?
Result<Guest> check_guest(const Vm& vm, const VmSummary& summary, const std::optional<std::string>& question)
{
    if (!summary.config_file.empty() && path_of_file(summary.config_file) != vm.config_path)
        return blocked(vm, "is another VM now: its id stands for " + excerpt(summary.config_file, 120), "run the command again");
    if (question)
        return blocked(vm, "waits for an answer: " + excerpt(*question, 300), "answer it in the Host Client");
    if (summary.power == Power::suspended)
        return blocked(vm, "is suspended", "resume it and shut it down");
    if (summary.power == Power::off)
        return Guest::off;
    return summary.tools_running == true ? Guest::ready : Guest::deaf;
}

struct Guests {
    Vms ready;
    Vms deaf;
};

Result<Guests> check_guests(Hands& hands, const Vms& vms)
{
    std::vector<Query> queries;
    for (const Vm* vm : vms) {
        queries.push_back(vm_query("get.summary", *vm));
        queries.push_back(vm_query("message", *vm));
    }
    if (queries.empty())
        return Guests{};
    const auto answers = ask_patiently(hands, queries);
    if (!answers)
        return std::unexpected(answers.error());
    Guests guests;
    for (std::size_t i = 0; i < vms.size(); ++i) {
        const auto text = output_of(queries[2 * i], (*answers)[2 * i]);
        const auto summary = text ? parse_vm_summary(*text) : Result<VmSummary>{std::unexpected(text.error())};
        if (!summary)
            return at(summary.error(), "state of VM " + excerpt(vms[i]->name, 80));
        const auto message = parse_message((*answers)[2 * i + 1].out);
        const auto guest = check_guest(*vms[i], *summary, message && *message ? *message : summary->question);
        if (!guest)
            return std::unexpected(guest.error());
        if (*guest != Guest::off)
            (*guest == Guest::ready ? guests.ready : guests.deaf).push_back(vms[i]);
    }
    return guests;
}

/// Those of `vms` that run, when all of them can be asked to stop. Guests that the host started at its boot need a while
/// until their tools run.
Result<Vms> wait_for_ears(Hands& hands, const Vms& vms)
{
    const std::chrono::seconds up{hands.facts.boot ? hands.facts.boot->uptime_s : 0};
    const Deadline deadline = Deadline::in(std::max(hands.times.tools - up, std::chrono::milliseconds{0}));
    while (true) {
        auto guests = check_guests(hands, vms);
        if (!guests)
            return std::unexpected(guests.error());
        if (guests->deaf.empty())
            return std::move(guests->ready);
        if (deadline.passed())
            return blocked(*guests->deaf.front(), "cannot be asked to stop: VMware Tools do not run in it",
                           "shut it down from inside, or install the tools; or cut it off: --power-off " + guests->deaf.front()->name);
        if (auto waited = wait_a_bit(hands, join_names(guests->deaf) + ": starting, its tools do not run yet"); !waited)
            return std::unexpected(waited.error());
    }
}

Result<Vms> still_running(Hands& hands, const Inventory& inventory, const Vms& vms)
{
    auto running = read_running(hands);
    if (!running)
        return std::unexpected(running.error());
    const Inventory now{.list = {}, .running = std::move(*running), .volumes = inventory.volumes, .time = {}};
    Vms left;
    std::ranges::copy_if(vms, std::back_inserter(left), [&](const Vm* vm) { return now.runs(*vm); });
    return left;
}

Result<void> wait_for_stop(Hands& hands, const Inventory& inventory, Vms waiting)
{
    const Deadline deadline = Deadline::in(hands.times.shutdown);
    while (true) {
        auto left = still_running(hands, inventory, waiting);
        if (!left)
            return std::unexpected(left.error());
        if (left->empty())
            return {};
        waiting = std::move(*left);
        if (deadline.passed())
            break;
        if (auto waited = wait_a_bit(hands, join_names(waiting) + ": shutting down"); !waited)
            return waited;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(hands.times.shutdown).count();
    return fail(ErrorKind::timeout, join_names(waiting) + " did not shut down within " + std::to_string(seconds) + " s",
                "shut it down from inside, then `gpupass resume`; or cut it off: --power-off NAME");
}

/// One batch: the answer of each command matters only if its VM does not stop.
Result<void> send_stop(Hands& hands, const Vms& ask, const Vms& cut)
{
    std::vector<Query> queries;
    for (const Vm* vm : ask)
        queries.push_back(vm_query("power.shutdown", *vm));
    for (const Vm* vm : cut)
        queries.push_back(vm_query("power.off", *vm));
    if (queries.empty())
        return {};
    if (const auto answers = ask_patiently(hands, queries); !answers)
        return std::unexpected(answers.error());
    return {};
}

/// A VM that is on, is off, or (told off but still starting) neither: power.getstate is the documented second look.
Result<Vms> not_on(Hands& hands, const Vms& vms)
{
    std::vector<Query> queries;
    for (const Vm* vm : vms)
        queries.push_back(vm_query("power.getstate", *vm));
    const auto answers = ask_patiently(hands, queries);
    if (!answers)
        return std::unexpected(answers.error());
    Vms left;
    for (std::size_t i = 0; i < vms.size(); ++i)
        if (const auto power = parse_power_state((*answers)[i].out); !power || *power != Power::on)
            left.push_back(vms[i]);
    return left;
}

/// Sends power-ons and returns the VMs whose answer hints at nothing but a hiccup of hostd.
Result<Vms> send_start(Hands& hands, const Vms& vms)
{
    std::vector<Query> queries;
    for (const Vm* vm : vms)
        queries.push_back(vm_query("power.on", *vm));
    const auto query_time = hands.machine.query_time;
    hands.machine.query_time = hands.times.power_on;
    const auto answers = hands.machine.ask(queries, Deadline::in(hands.times.power_on * static_cast<int>(queries.size())));
    hands.machine.query_time = query_time;
    if (!answers)
        return std::unexpected(answers.error());
    Vms again;
    for (std::size_t i = 0; i < vms.size(); ++i)
        if (is_transient((*answers)[i]))
            again.push_back(vms[i]);
    return again;
}

std::optional<std::string> question_of(Hands& hands, const Vm& vm)
{
    const auto answer = ask_one(hands.machine, vm_query("message", vm), Deadline::in(hands.times.batch));
    const auto message = answer ? parse_message(answer->out) : Result<std::optional<std::string>>{};
    return message ? *message : std::nullopt;
}

std::unexpected<Error> why_not_started(Hands& hands, const Vms& vms)
{
    const std::string name = "VM " + excerpt(vms.front()->name, 80);
    if (const auto question = question_of(hands, *vms.front()))
        return fail(ErrorKind::blocked, name + " waits for an answer: " + excerpt(*question, 300), "answer it in the Host Client, then `gpupass resume`");
    const auto findings = explain_start(hands.machine, hands.facts, {vms.front()}, hands.began, Deadline::in(hands.times.batch));
    if (!findings.empty())
        return fail(ErrorKind::failed, name + " did not start: " + findings.front().cause,
                    findings.front().fix.empty() ? "" : findings.front().fix.front());
    return fail(ErrorKind::failed, name + " did not start, and neither its task nor its log names a cause that is known",
                "read vmware.log beside " + excerpt(vms.front()->config_path));
}

}  // namespace

Result<void> stop_vms(Hands& hands, const StopVms& change)
{
    const auto inventory = read_inventory(hands);
    if (!inventory)
        return std::unexpected(inventory.error());
    const auto ask = find_vms(hands, *inventory, change.ask);
    const auto cut = find_vms(hands, *inventory, change.cut);
    if (!ask || !cut)
        return std::unexpected(ask ? cut.error() : ask.error());
    const auto asked = wait_for_ears(hands, *ask);
    if (!asked)
        return std::unexpected(asked.error());
    Vms cutting;
    std::ranges::copy_if(*cut, std::back_inserter(cutting), [&](const Vm* vm) { return inventory->runs(*vm); });
    if (auto sent = send_stop(hands, *asked, cutting); !sent)
        return sent;
    Vms all = *ask;
    all.insert(all.end(), cut->begin(), cut->end());
    return wait_for_stop(hands, *inventory, std::move(all));
}

Result<void> start_vms(Hands& hands, const StartVms& change)
{
    const auto inventory = read_inventory(hands);
    if (!inventory)
        return std::unexpected(inventory.error());
    auto vms = find_vms(hands, *inventory, change.vms);
    if (!vms)
        return std::unexpected(vms.error());
    hands.began = inventory->time.value_or(0);
    std::erase_if(*vms, [&](const Vm* vm) { return inventory->runs(*vm); });

    const Deadline deadline = Deadline::in(hands.times.power_on);
    Vms sending = *vms;
    while (!vms->empty()) {
        hands.context.watch->note(join_names(*vms) + ": starting");
        const auto again = sending.empty() ? Result<Vms>{} : send_start(hands, sending);
        if (!again)
            return std::unexpected(again.error());
        sending = *again;
        // A told failure is sometimes wrong, and a VM takes a moment to come up: look until the grace is over.
        const Deadline grace = Deadline::in(hands.times.grace);
        do {
            auto left = not_on(hands, *vms);
            if (!left)
                return std::unexpected(left.error());
            *vms = std::move(*left);
            if (vms->empty())
                return {};
            if (auto waited = wait_a_bit(hands, join_names(*vms) + ": starting"); !waited)
                return waited;
        } while (!grace.passed());
        std::erase_if(sending, [&](const Vm* vm) { return std::ranges::find(*vms, vm) == vms->end(); });
        if (sending.empty() || deadline.passed())
            return why_not_started(hands, *vms);
    }
    return {};
}

}  // namespace gpupass::esxi
