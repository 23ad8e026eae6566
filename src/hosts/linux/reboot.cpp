#include "hosts/linux/steps.hpp"
#include "hosts/reboot.hpp"

namespace gpupass::linux_host {

namespace {

const Query read_boot_id = ReadFile{"/proc/sys/kernel/random/boot_id"};  // another one at each boot (random(4))

Result<Seen> look(Hands& hands, const std::string& before)
{
    const std::vector<Query> queries{read_boot_id, Libvirt{Libvirt::Call::version}};
    const auto answers = hands.machine.ask(queries, Deadline::in(hands.times.reboot_look));
    if (answers && (*answers)[0].ok()) {
        const bool had_libvirt = hands.facts.vm_manager.empty();
        return (*answers)[0].out == before ? Seen::old_boot : had_libvirt && !(*answers)[1].ok() ? Seen::new_boot : Seen::ready;
    }
    hands.machine.disconnect();
    if (!answers && answers.error().kind == ErrorKind::unauthorised)
        return at(answers.error(), "while waiting for the host to come back");
    return Seen::nothing;
}

}  // namespace

Result<void> reboot_host(Hands& hands, const RebootHost& change)
{
    if (!hands.facts.vm_manager.empty())
        return fail(ErrorKind::blocked, "libvirt does not answer, and VMs may run that a reboot would cut off: " + hands.facts.vm_manager, "start it, then `gpupass resume`");
    for (const Vm& vm : hands.facts.vms)
        if (vm.power != Power::off)
            return fail(ErrorKind::blocked, "VM " + vm.name + " is not off, and a reboot would cut it off", "shut it down, then `gpupass resume`");
    // Whoever wrote the words: the boot loader has them for certain now.
    if (auto done = run_all(hands, change.first); !done)
        return at(std::move(done.error()), "the host was not rebooted");
    if (hands.machine.name() == "local:")
        return fail(ErrorKind::interrupted, "this computer has to reboot now, and gpupass does not do that to the computer it runs on",
                    "reboot it (systemctl reboot), then `gpupass resume`");
    const auto before = ask_well(hands, read_boot_id);
    if (!before)
        return std::unexpected(before.error());
    const auto sent = ask_one(hands.machine, Run{{"systemctl", "reboot"}}, Deadline::in(hands.times.reboot_look));
    // The connection may break before the answer comes.
    if (!sent && sent.error().kind == ErrorKind::unauthorised)
        return std::unexpected(sent.error());
    if (sent && sent->state == Answer::State::done && sent->exit_code != 0)
        return fail(ErrorKind::failed, "systemctl reboot: " + trouble_of(*sent));
    hands.machine.disconnect();
    return wait_for_return([&] { return look(hands, *before); }, [&](std::string_view note) { return wait_a_bit(hands, note); }, hands.times.reboot);
}

}  // namespace gpupass::linux_host
