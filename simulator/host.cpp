#include "host.hpp"

#include <algorithm>
#include <cmath>

namespace gpupass::sim {

Host::Host(HostOptions given)
    : options{std::move(given)}, disk{options.folder / "disk"}, guest_disk{options.folder / "guest"},
      faults{options.faults, options.folder / "faults"}
{
    if (auto known = load_world(options.folder / "world.json")) {
        world = std::move(*known);
    } else {
        build_world(*this);
        changed = true;
    }
    apply_faults();
    advance();
    save();
}

Host::Hold::Hold(Host& host) : host_{host}, lock_{host.mutex_} { host.advance(); }

Host::Hold::~Hold() { host_.save(); }

void Host::save()
{
    if (changed)
        replace_file(options.folder / "world.json", to_text(world));
    changed = false;
}

void Host::schedule(double in_seconds, const std::string& what, int vm)
{
    world.events.push_back({now() + in_seconds, what, vm});
    changed = true;
}

void Host::advance()
{
    for (;;) {
        const auto next = std::ranges::min_element(world.events, {}, &Event::at);
        if (next == world.events.end() || next->at > now())
            break;
        const Event event = *next;
        world.events.erase(next);
        changed = true;
        perform(event);
    }
    // cron runs auto-backup.sh at minute 1 of each hour
    const auto hour = static_cast<long long>(std::floor((clock() - 60) / 3600));
    if (world.up && hour != world.backup_hour) {
        world.backup_hour = hour;
        backup(*this);
    }
}

void Host::perform(const Event& event)
{
    if (event.what == "go-down")
        reboot(*this, true);
    else if (event.what == "up")
        boot(*this);
    else if (world.up)
        guest_event(*this, event);
}

// Faults that change the world once, when they are seen.
void Host::apply_faults()
{
    faults.reload();
    disk.datastore_full = faults.has("disk-full");
    if (const auto count = faults.take("reboot-now")) {
        programs_until_reboot = static_cast<int>(fault_number(count, 0));
        unclean_next = true;
    }
    if (const auto count = faults.take("reboot-now-clean")) {
        programs_until_reboot = static_cast<int>(fault_number(count, 0));
        unclean_next = false;
    }
    const auto take = [&](const char* name) {
        auto value = faults.take(name);
        changed = changed || value;
        return value;
    };
    if (take("ssh-off"))
        world.settings.ssh_with_host = world.saved.ssh_with_host = false;
    if (const auto seconds = take("shell-timeout"))
        world.settings.shell_timeout = world.saved.shell_timeout = static_cast<int>(fault_number(seconds, 600));
    while (const auto name = take("question"))
        if (Vm* vm = find_vm_named(*this, *name))
            vm->question = "msg.uuid.altered:This virtual machine might have been moved or copied.";
    while (const auto name = take("suspended"))
        if (Vm* vm = find_vm_named(*this, *name)) {
            vm->power = suspended;
            vm->tools = vm->guest_up = false;
        }
    for (const auto& name : faults.all("no-tools"))
        if (Vm* vm = find_vm_named(*this, name)) {
            changed = changed || vm->tools;
            vm->tools = false;
        }
    if (faults.has("bootbank-tmp") != world.bootbank_lost) {
        world.bootbank_lost = faults.has("bootbank-tmp");
        changed = true;
        rebuild_ram_disk(*this);
    }
}

void Host::count_program()
{
    if (programs_until_reboot < 0 || !world.up || programs_until_reboot-- > 0)
        return;
    reboot(*this, !unclean_next);
}

}  // namespace gpupass::sim
