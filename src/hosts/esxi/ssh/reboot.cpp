#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/steps.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/esxi/ssh/vim_cmd.hpp"
#include "hosts/reboot.hpp"

// The reboot, and the wait for the host to come back. While it is away every kind of network error is normal. A host
// key that changed, or a login that is refused, is not: going on asking would lock the account.

namespace gpupass::esxi {

namespace {

const Query read_uptime = Run{{"esxcli", "system", "stats", "uptime", "get"}};
const Query read_clock = Run{{"date", "+%s"}};
const Query list_vms = Run{{"vim-cmd", "vmsvc/getallvms"}};

std::optional<Boot> boot_of(const Answer& uptime, const Answer& clock)
{
    const auto microseconds = parse_uptime_us(uptime.out);
    const auto time = parse_unix_time(clock.out);
    if (!uptime.ok() || !clock.ok() || !microseconds || !time)
        return std::nullopt;
    return Boot{*microseconds / 1'000'000, *time - *microseconds / 1'000'000};
}

/// A reboot does not wait for VMs: it would cut them off.
Result<void> refuse_while_vms_run(Hands& hands)
{
    const auto running = read_running(hands);
    if (!running)
        return std::unexpected(running.error());
    if (running->empty())
        return {};
    std::string names;
    for (const VmProcess& process : *running)
        names += (names.empty() ? "" : ", ") + excerpt(process.name, 60);
    return fail(ErrorKind::blocked, "VMs still run, and a reboot would cut them off: " + names, "shut them down, then `gpupass resume`");
}

Result<Boot> read_boot(Hands& hands)
{
    const auto answers = ask_patiently(hands, {read_uptime, read_clock});
    if (!answers)
        return std::unexpected(answers.error());
    if (const auto boot = boot_of((*answers)[0], (*answers)[1]))
        return *boot;
    return fail(ErrorKind::failed, "the host does not tell when it was booted, so a reboot could not be recognised");
}

Result<Seen> look(Hands& hands, const Boot& before)
{
    const std::vector<Query> queries{read_uptime, read_clock, list_vms};
    const auto answers = hands.machine.ask(queries, Deadline::in(hands.times.reboot_look));
    if (!answers) {
        hands.machine.disconnect();
        if (answers.error().kind == ErrorKind::unauthorised)
            return at(answers.error(), "while waiting for the host to come back");
        return Seen::nothing;
    }
    const auto boot = boot_of((*answers)[0], (*answers)[1]);
    if (!boot) {
        hands.machine.disconnect();
        return Seen::nothing;
    }
    if (same_boot(before, *boot))
        return Seen::old_boot;
    const Answer& vms = (*answers)[2];
    return vms.ok() && !is_transient(vms) && parse_vm_list(vms.out) ? Seen::ready : Seen::new_boot;
}

}  // namespace

Result<void> reboot_host(Hands& hands)
{
    if (auto clear = refuse_while_vms_run(hands); !clear)
        return clear;
    const auto before = read_boot(hands);
    if (!before)
        return std::unexpected(before.error());
    const auto vectors = command_vectors(RebootHost{}, hands.facts);
    const Query save = Run{vectors.front()};
    const auto saved = ask_one(hands.machine, save, Deadline::in(hands.times.batch));
    if (!saved)
        return std::unexpected(saved.error());
    if (const auto done = output_of(save, *saved); !done)
        return at(done.error(), "the settings could not be saved, so the host was not rebooted");
    const std::vector<Query> go{Run{vectors[1]}, Run{vectors[2]}};
    const auto sent = hands.machine.ask(go, Deadline::in(hands.times.reboot_look));
    // The connection may break before the answer comes.
    if (!sent && sent.error().kind == ErrorKind::unauthorised)
        return std::unexpected(sent.error());
    if (sent && sent->back().state == Answer::State::done && sent->back().exit_code != 0)
        return std::unexpected(output_of(go.back(), sent->back()).error());
    hands.machine.disconnect();
    return wait_for_return([&] { return look(hands, *before); }, [&](std::string_view note) { return wait_a_bit(hands, note); }, hands.times.reboot);
}

}  // namespace gpupass::esxi
