#include "hosts/esxi/api/steps.hpp"
#include "hosts/esxi/api/tasks.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/reboot.hpp"

#include <algorithm>
#include <thread>

// VMs on and off, and the host itself.

namespace gpupass::esxi {

namespace {

std::string joined(const std::vector<std::string>& names)
{
    std::string out;
    for (const std::string& name : names)
        out += (out.empty() ? "" : ", ") + excerpt(name, 60);
    return out;
}

/// Until every VM is in that power state.
Result<void> wait_for_power(ApiHands& hands, const std::vector<Ref>& vms, std::string_view state, const std::string& note, std::chrono::milliseconds limit)
{
    const auto look = [&](const Properties& seen) -> Result<bool> {
        return std::ranges::all_of(vms, [&](const Ref& vm) { return std::string_view{value_at(seen, vm, "runtime.powerState").child_value()} == state; });
    };
    auto done = wait_for(hands.session, {"VirtualMachine", {"runtime.powerState"}}, vms, look, pulse_of(hands.context, note), Deadline::in(limit));
    if (done || done.error().kind != ErrorKind::timeout)
        return done;
    return fail(ErrorKind::timeout, note + ": not done within " + std::to_string(std::chrono::duration_cast<std::chrono::minutes>(limit).count()) + " minutes",
                "look at the VM's console, then `gpupass resume`");
}

/// Those of the VMs that are in another power state.
Result<std::vector<Ref>> not_in(ApiHands& hands, const std::vector<Ref>& vms, std::string_view state)
{
    std::vector<Ref> out;
    if (vms.empty())
        return out;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page)
            if (object.text("runtime.powerState") != state)
                out.push_back(object.object);
    };
    auto read = retrieve(hands.session, {{"VirtualMachine", {"runtime.powerState"}}}, objects_of(vms), "", take, Deadline::in(hands.times.call));
    return read ? Result<std::vector<Ref>>{std::move(out)} : std::unexpected(std::move(read.error()));
}

std::string name_of(const HostFacts& facts, const Ref& vm)
{
    const auto found = std::ranges::find(facts.vms, vm.id, &Vm::id);
    return found == facts.vms.end() ? vm.id : found->name;
}

/// A guest that the host started a moment ago hears only once its tools run.
Result<void> wait_for_tools(ApiHands& hands, const std::vector<Ref>& vms)
{
    const auto look = [&](const Properties& seen) -> Result<bool> {
        return std::ranges::all_of(vms, [&](const Ref& vm) {
            return std::string_view{value_at(seen, vm, "runtime.powerState").child_value()} != "poweredOn" || std::string_view{value_at(seen, vm, "guest.toolsRunningStatus").child_value()} == "guestToolsRunning";
        });
    };
    constexpr std::int64_t just_booted_s = 600;
    const bool is_fresh = !hands.facts.boot || hands.facts.boot->uptime_s < just_booted_s;
    auto done = wait_for(hands.session, {"VirtualMachine", {"runtime.powerState", "guest.toolsRunningStatus"}}, vms, look,
                         pulse_of(hands.context, "waiting for the tools of the guests"), Deadline::in(is_fresh ? hands.times.tools : hands.times.reboot_look));
    if (done || done.error().kind != ErrorKind::timeout)
        return done;
    return fail(ErrorKind::blocked, "VMware Tools do not run in a guest that must stop: none was asked", "shut it down from inside, or cut it off: --power-off VM");
}

/// What is in the way of asking: a VM that waits for an answer does not hear.
Result<void> refuse_questions(ApiHands& hands, const std::vector<Ref>& vms)
{
    std::optional<Error> question;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page)
            if (const pugi::xml_node node = object.node("runtime.question"))
                question = {.kind = ErrorKind::blocked, .what = "VM " + name_of(hands.facts, object.object) + " waits for an answer: " + excerpt(text_of(node, "text"), 300),
                            .where = {}, .next = "answer it in the Host Client, then `gpupass resume`"};
    };
    if (auto read = retrieve(hands.session, {{"VirtualMachine", {"runtime.question"}}}, objects_of(vms), "", take, Deadline::in(hands.times.call)); !read)
        return read;
    return question ? Result<void>{std::unexpected(*question)} : Result<void>{};
}

/// Somebody else changed the VM's power meanwhile (the host's own autostart does): what it is in the end is waited for.
bool was_faster(const Error& error)
{
    return error.kind == ErrorKind::changed || error.kind == ErrorKind::busy;
}

}  // namespace

Result<void> stop_vms(ApiHands& hands, const StopVms& change)
{
    const auto ask = find_vms(hands.facts, change.ask), cut = find_vms(hands.facts, change.cut);
    if (!ask || !cut)
        return std::unexpected(ask ? cut.error() : ask.error());
    const auto asking = not_in(hands, *ask, "poweredOff"), cutting = not_in(hands, *cut, "poweredOff");
    if (!asking || !cutting)
        return std::unexpected(asking ? cutting.error() : asking.error());
    if (!asking->empty()) {
        if (auto clear = refuse_questions(hands, *asking); !clear)
            return clear;
        if (auto heard = wait_for_tools(hands, *asking); !heard)
            return heard;
    }
    for (const Ref& vm : *asking)
        if (const auto sent = hands.session.ask({.method = "ShutdownGuest", .object = vm, .arguments = {}, .name = {}, .changes = true}, Deadline::in(hands.times.call)); !sent && !was_faster(sent.error()))
            return at(sent.error(), "VM " + name_of(hands.facts, vm));
    for (const Ref& vm : *cutting)
        if (auto done = run_task(hands.session, {.method = "PowerOffVM_Task", .object = vm, .arguments = {}, .name = {}},
                                 pulse_of(hands.context, name_of(hands.facts, vm) + ": powering off"), Deadline::in(hands.times.task)); !done && !was_faster(done.error()))
            return done;
    std::vector<Ref> all = *asking;
    all.insert(all.end(), cutting->begin(), cutting->end());
    return all.empty() ? Result<void>{} : wait_for_power(hands, all, "poweredOff", joined(change.ask.empty() ? change.cut : change.ask) + ": shutting down", hands.times.shutdown);
}

Result<void> start_vms(ApiHands& hands, const StartVms& change)
{
    const auto vms = find_vms(hands.facts, change.vms);
    if (!vms)
        return std::unexpected(vms.error());
    const auto starting = not_in(hands, *vms, "poweredOn");
    if (!starting)
        return std::unexpected(starting.error());
    for (const Ref& vm : *starting) {
        const std::string name = name_of(hands.facts, vm);
        auto started = run_task(hands.session, {.method = "PowerOnVM_Task", .object = vm, .arguments = {}, .name = {}},
                                pulse_of(hands.context, name + ": starting"), Deadline::in(hands.times.task));
        if (started || was_faster(started.error()))
            continue;
        if (started.error().kind == ErrorKind::timeout)
            if (auto clear = refuse_questions(hands, {vm}); !clear)
                return clear;
        return at(std::move(started.error()), "VM " + name);
    }
    return starting->empty() ? Result<void>{} : wait_for_power(hands, *starting, "poweredOn", joined(change.vms) + ": starting", hands.times.task);
}

namespace {

struct HostState {
    std::string connection;
    std::optional<Boot> boot;
    bool maintenance{};
    std::vector<Ref> running;
};

Result<HostState> read_state(ApiHands& hands, Deadline deadline)
{
    HostState state;
    const std::int64_t now = hands.session.time(deadline);
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page) {
            if (object.object == hands.host) {
                state.connection = object.text("runtime.connectionState");
                if (const auto started = time_of(object.text("runtime.bootTime")))
                    state.boot = Boot{now - *started, *started};
                state.maintenance = bool_of(object.text("runtime.inMaintenanceMode")).value_or(false);
            } else if (const auto power = object.text("runtime.powerState"); power != "poweredOff" && power != "suspended") {  // not readable counts as running
                state.running.push_back(object.object);
            }
        }
    };
    auto read = retrieve(hands.session, {{"HostSystem", {"runtime.bootTime", "runtime.connectionState", "runtime.inMaintenanceMode"}}, {"VirtualMachine", {"runtime.powerState"}}},
                         {{.object = hands.host, .follow_type = "HostSystem", .follow_path = "vm"}}, "", take, deadline);
    return read ? Result<HostState>{std::move(state)} : std::unexpected(std::move(read.error()));
}

/// A reboot does not wait for VMs: it would cut them off. `leaving`: those may run that the cluster takes away before.
Result<void> refuse_while_vms_run(const HostFacts& facts, const HostState& state, bool leaving)
{
    std::vector<std::string> names;
    for (const Ref& ref : state.running) {
        const auto vm = std::ranges::find(facts.vms, ref.id, &Vm::id);
        if (!leaving || vm == facts.vms.end() || vm->mover == Mover::nobody)
            names.push_back(name_of(facts, ref));
    }
    if (names.empty())
        return {};
    return fail(ErrorKind::blocked, "VMs still run, and a reboot would cut them off: " + joined(names), "shut them down, then `gpupass resume`");
}

/// Nothing of it goes on once we do not wait any more: what enters later would empty the host behind everybody's back.
Result<void> maintenance(ApiHands& hands, bool enter)
{
    const auto seconds = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(hands.times.maintenance).count());
    Call call{.method = enter ? "EnterMaintenanceMode_Task" : "ExitMaintenanceMode_Task", .object = hands.host, .arguments = leaf("timeout", seconds), .name = {}};
    const auto stop = [&] { return enter ? stop_entering(hands.session, hands.host, Deadline::in(hands.times.call)) : Result<void>{}; };
    if (enter)
        call.arguments += leaf("evacuatePoweredOffVms", "false");
    if (auto stopped = stop(); !stopped)
        return stopped;
    auto done = run_task(hands.session, call, pulse_of(hands.context, enter ? "the host enters maintenance mode" : "the host leaves maintenance mode"),
                         Deadline::in(hands.times.maintenance + hands.times.call));  // the server gives up first
    if (!done)
        (void)stop();
    return done;
}

/// Enters maintenance mode, which waits until the cluster has taken away what still runs.
Result<void> evacuate(ApiHands& hands)
{
    auto entered = maintenance(hands, true);
    const auto state = read_state(hands, Deadline::in(hands.times.call));
    if (entered && !state)
        return std::unexpected(state.error());
    const bool gave_up = !entered && (entered.error().kind == ErrorKind::timeout || entered.error().kind == ErrorKind::failed);
    if (!state || state->running.empty() || (!entered && !gave_up))
        return entered;
    auto stayed = refuse_while_vms_run(hands.facts, *state, false);
    return entered ? stayed : at(std::move(stayed.error()), entered.error().what);
}

/// Why the reboot that was asked for did not begin; good when nothing speaks against it.
Result<void> check_task(ApiHands& hands, const Ref& task)
{
    Result<void> found;
    const auto take = [&](const std::vector<ObjectContent>& page) {
        for (const ObjectContent& object : page)
            if (object.text("info.state") == "error")
                found = std::unexpected(error_of(fault_of(object.node("info.error"))));
    };
    // The task of a host that went down is forgotten: that is no error.
    if (!task.id.empty())
        (void)retrieve(hands.session, {{"Task", {"info.state", "info.error"}}}, {{.object = task}}, "", take, Deadline::in(hands.times.reboot_look));
    return found;
}

Result<Seen> look(ApiHands& hands, const Boot& before, const Ref& task)
{
    const auto state = read_state(hands, Deadline::in(hands.times.reboot_look));
    if (!state) {
        hands.session.forget();
        if (state.error().kind == ErrorKind::unauthorised)
            return at(state.error(), "while waiting for the host to come back");
        return Seen::nothing;
    }
    if (state->connection != "connected")
        return Seen::nothing;
    if (state->boot && !same_boot(before, *state->boot))
        return Seen::ready;
    if (auto fine = check_task(hands, task); !fine)
        return at(std::move(fine.error()), "RebootHost_Task");
    return Seen::old_boot;
}

Result<void> wait_a_bit(ApiHands& hands, std::string_view note)
{
    constexpr std::chrono::milliseconds slice{200};
    const Deadline end = Deadline::in(std::min(hands.next_wait, hands.times.poll));
    hands.next_wait = std::min(2 * hands.next_wait, hands.times.poll);
    for (; !end.passed(); std::this_thread::sleep_for(std::min(slice, end.left())))
        if (auto fine = pulse_of(hands.context, std::string{note})(); !fine)
            return fine;
    return {};
}

}  // namespace

Result<void> set_maintenance(ApiHands& hands, const SetMaintenance& change)
{
    if (!change.enter)
        if (auto stopped = stop_entering(hands.session, hands.host, Deadline::in(hands.times.call)); !stopped)
            return stopped;
    const auto state = read_state(hands, Deadline::in(hands.times.call));
    if (!state)
        return std::unexpected(state.error());
    return state->maintenance == change.enter ? Result<void>{} : maintenance(hands, change.enter);
}

/// Behind a vCenter in maintenance mode, so that nothing else is placed there meanwhile; a standalone host without it, so that its
/// autostart VMs return. `force` only says that it need not be in maintenance mode: no VM runs.
Result<void> reboot_host(ApiHands& hands)
{
    const auto content = hands.session.open(Deadline::in(hands.times.call));
    if (!content)
        return std::unexpected(content.error());
    const auto before = read_state(hands, Deadline::in(hands.times.call));
    if (!before)
        return std::unexpected(before.error());
    const bool enters = content->is_vcenter && !before->maintenance;
    if (auto clear = refuse_while_vms_run(hands.facts, *before, enters); !clear)
        return clear;
    if (!before->boot)
        return fail(ErrorKind::failed, "the host does not tell when it was booted, so a reboot could not be recognised");
    if (enters)
        if (auto done = evacuate(hands); !done)
            return done;
    const Call reboot{.method = "RebootHost_Task", .object = hands.host, .arguments = leaf("force", word(!content->is_vcenter)), .name = {}, .changes = true};
    // The host may go away before its answer comes.
    const auto sent = hands.session.ask(reboot, Deadline::in(hands.times.call));
    if (!sent && sent.error().kind != ErrorKind::unreachable && sent.error().kind != ErrorKind::timeout)
        return std::unexpected(sent.error());
    const Ref task = sent ? ref_of(sent->value()) : Ref{};
    if (auto back = wait_for_return([&] { return look(hands, *before->boot, task); }, [&](std::string_view note) { return wait_a_bit(hands, note); }, hands.times.reboot); !back)
        return back;
    return enters ? maintenance(hands, false) : Result<void>{};
}

}  // namespace gpupass::esxi
