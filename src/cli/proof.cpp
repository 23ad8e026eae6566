#include "cli/proof.hpp"

#include "cli/guest_program.hpp"
#include "cli/prompts.hpp"
#include "cli/signals.hpp"
#include "cli/text.hpp"
#include "transport/agent.hpp"
#include "transport/uri.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <thread>

namespace gpupass::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view tools_prefix = "tools:";
constexpr auto boot_time = 120s;  // a small Linux guest is up in half a minute
constexpr auto program_time = 180s;  // gpupass-guest cuts what hangs long before; bringing it may take as long

Verdict unproven(std::string why)
{
    return {.word = "unproven", .why = std::move(why), .checks = {}};
}

bool gives_device(const Goal& goal)
{
    return !goal.vm.empty() && goal.device_id && std::ranges::any_of(goal.wants, [&](const Want& want) {
        const auto key = split_vm_key(want.key);
        return key && key->vm == goal.vm && want.value && (key->key.ends_with(".present") || key->key.starts_with("hostdev."));
    });
}

/// The way into the guest: what the person said, else the simulator's Linux guest, which lives in VM debian.
std::optional<HostChoice> guest_of(const Context& context, const OpenedHost& host, const Vm& vm)
{
    const Options& o = context.options;
    if (!o.guest.empty())
        return HostChoice{o.guest, o.guest, o.identity, o.known_hosts, o.password_file};
    if (host.simulator && vm.name == "debian") {
        const std::string uri = host.simulator->guest.text();
        return HostChoice{uri, uri, host.simulator->identity, host.simulator->known_hosts, "", host.ssh_config};
    }
    return std::nullopt;
}

/// The password is asked for now: a person may be gone when the host is back.
Result<void> check_tools(Context& context, const std::string& user)
{
    if (user.empty())
        return fail(ErrorKind::usage, "--guest tools: names no user of the guest", "write --guest tools:USER");
    if (context.options.plan)
        return {};
    std::optional<std::string>& password = context.around.guest_password;
    if (!password)
        password = ask_secret(context.around, "Password of " + user + " in the guest: ");
    return password ? Result<void>{} : fail(ErrorKind::unauthorised, "the guest needs a password", "give GPUPASS_GUEST_PASSWORD");
}

Result<std::unique_ptr<Machine>> open_tools(const Context& context, const OpenedHost& host, const Vm& vm)
{
    if (!host.guest_tools)
        return fail(ErrorKind::unsupported, "VMware Tools are reached by the vSphere API alone", "reach the host as vsphere://, or the guest with --guest linux+ssh://USER@ADDRESS");
    return host.guest_tools(vm, context.options.guest.substr(tools_prefix.size()), context.around.guest_password.value_or(""));
}

Result<std::unique_ptr<Machine>> open_vm(Context& context, const OpenedHost& host, const Vm& vm)
{
    const bool by_tools = context.options.guest.starts_with(tools_prefix);
    const auto choice = by_tools ? std::nullopt : guest_of(context, host, vm);
    if (!choice && vm.is_windows())
        return fail(ErrorKind::unsupported, "this version cannot ask a Windows guest", "run gpupass-guest.exe in it");
    if (by_tools)
        return open_tools(context, host, vm);
    if (choice)
        return context.around.open_guest(*choice, context.around);
    if (host.has_guest_agents)
        return make_agent_machine(*host.machine, vm.id, "VM " + vm.name);
    return fail(ErrorKind::usage, "no way into the guest was given", host.guest_tools ? "--guest linux+ssh://USER@ADDRESS, or --guest tools:USER" : "--guest linux+ssh://USER@ADDRESS");
}

bool may_still_boot(const Error& error)
{
    return error.kind == ErrorKind::unreachable || error.kind == ErrorKind::timeout;
}

Verdict ask_until(Machine& guest, const GuestQuestion& question, Deadline boots)
{
    for (;;) {
        auto verdict = verify_linux_guest(guest, question, Deadline::in(program_time));
        if (verdict)
            return *verdict;
        if (!may_still_boot(verdict.error()) || boots.passed() || stop_wishes() > 0)
            return unproven("the guest could not be asked: " + verdict.error().what + (verdict.error().next.empty() ? "" : "; " + verdict.error().next));
        guest.disconnect();
        std::this_thread::sleep_for(500ms);
    }
}

}  // namespace

Result<void> check_guest(Context& context)
{
    const std::string& guest = context.options.guest;
    if (guest.empty())
        return {};
    if (guest.starts_with(tools_prefix))
        return check_tools(context, guest.substr(tools_prefix.size()));
    const auto uri = parse_host_uri(guest);
    if (!uri)
        return at(uri.error(), "--guest");
    if (uri->scheme != "linux+ssh")
        return fail(ErrorKind::usage, "--guest " + guest + " is no way into a guest", "name it as linux+ssh://USER@ADDRESS, or tools:USER for the VMware Tools of a VM behind the vSphere API");
    return {};
}

Verdict ask_guest(Context& context, Machine& guest, GuestQuestion question, std::chrono::seconds boots)
{
    question.program = guest_program(context.around.program_folder);
    guest.query_time = program_time;
    return ask_until(guest, question, Deadline::in(boots));
}

Verdict prove_vm(Context& context, const OpenedHost& host, const Vm& vm, const GuestQuestion& question)
{
    if (vm.power != Power::on)
        return unproven("VM " + vm.name + " does not run; start it first (`attach ... --start` does)");
    auto guest = open_vm(context, host, vm);
    if (!guest)
        return unproven(guest.error().what + (guest.error().next.empty() ? "" : ": " + guest.error().next));
    context.around.err << fmt::format("asking the guest {} (up to {})\n", printable((*guest)->name()), duration_text(boot_time));
    return ask_guest(context, **guest, question, boot_time);
}

std::optional<Verdict> prove_in_guest(Context& context, const OpenedHost& host, const HostFacts& facts, const Goal& goal)
{
    if (!gives_device(goal))
        return std::nullopt;
    const Vm* vm = find_vm(facts, goal.vm);
    if (!vm)
        return unproven("the VM is not there any more");
    return prove_vm(context, host, *vm, {.gpu = goal.device_id});
}

}  // namespace gpupass::cli
