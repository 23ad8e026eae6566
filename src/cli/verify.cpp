#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/guest_program.hpp"
#include "cli/json_views.hpp"
#include "cli/proof.hpp"
#include "cli/verdict_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <ostream>

namespace gpupass::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto program_time = 120s;  // gpupass-guest cuts what hangs long before

/// What was verified, in words and as keys of the document.
struct Subject {
    std::string text;
    std::vector<std::pair<std::string, std::string>> keys;
};

struct Proof {
    Verdict verdict;
    Subject subject;
};

/// --device, read.
Result<GuestQuestion> question_of(const Options& o)
{
    GuestQuestion question{.fast = o.fast, .allow_software = o.allow_software};
    if (o.device.empty())
        return question;
    question.address = parse_pci_address(o.device);
    if (!question.address)
        question.gpu = parse_pci_id(o.device);
    if (!question.address && !question.gpu)
        return fail(ErrorKind::usage, fmt::format("--device {} is neither a PCI address (0000:00:02.0) nor an id (8086:9a49)", o.device),
                    "`lspci -nn` in the guest shows both");
    return question;
}

/// gpupass-guest lies beside gpupass, and runs as a process of its own: what hangs there does not hang us.
Result<Proof> verify_here(Context& context, const GuestQuestion& question)
{
    auto machine = context.around.open_guest({"this system", "local:", "", "", ""}, context.around);
    if (!machine)
        return std::unexpected(machine.error());
    (*machine)->query_time = program_time;
    Run run{{(context.around.program_folder / "gpupass-guest").string()}};
    const auto words = words_of(question);
    run.argv.insert(run.argv.end(), words.begin(), words.end());
    const auto answer = ask_one(**machine, run, Deadline::in(program_time));
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->exit_code == 127 || answer->exit_code == 126)
        return fail(ErrorKind::not_found, "gpupass-guest is missing beside gpupass", "install both; they are built together");
    const auto verdict = report_of(*answer);
    if (!verdict)
        return at(verdict.error(), "this system");
    return Proof{*verdict, {"the GPU of this system", {{"guest", "here"}}}};
}

/// The GPU that the VM has, by the host's own words.
Result<PciId> gpu_of(const HostFacts& facts, const Vm& vm)
{
    std::vector<PciId> found;
    for (const VmDevice& device : vm.devices) {
        const PciDevice* there = device.address ? find_device(facts, *device.address) : nullptr;
        if (there && there->is_display())
            found.push_back(there->id);
    }
    if (found.size() == 1)
        return found.front();
    if (found.empty())
        return fail(ErrorKind::not_found, fmt::format("VM {} has no GPU of this host", vm.name),
                    fmt::format("give it one: `gpupass attach auto --vm {} --start`", vm.name));
    return fail(ErrorKind::usage, fmt::format("VM {} has {} GPUs", vm.name, found.size()), "name the one that is meant: --device ADDRESS, as the guest numbers it");
}

Result<Proof> verify_vm(Context& context, GuestQuestion question)
{
    auto probed = probe_host(context);
    if (!probed)
        return std::unexpected(probed.error());
    const Vm* vm = find_vm(probed->facts, context.options.vm);
    if (!vm)
        return fail(ErrorKind::not_found, fmt::format("no VM is called {}", context.options.vm), "`gpupass inspect` lists the VMs");
    if (!question.gpu && !question.address) {
        const auto gpu = gpu_of(probed->facts, *vm);
        if (!gpu)
            return std::unexpected(gpu.error());
        question.gpu = *gpu;
    }
    const Verdict verdict = prove_vm(context, probed->host, *vm, question);
    return Proof{verdict, {fmt::format("the GPU of VM {}", vm->name), {{"vm", vm->name}}}};
}

Result<Proof> verify_guest(Context& context, const GuestQuestion& question)
{
    const Options& o = context.options;
    auto guest = context.around.open_guest({o.guest, o.guest, o.identity, o.known_hosts, o.password_file}, context.around);
    if (!guest)
        return std::unexpected(guest.error());
    const Verdict verdict = ask_guest(context, **guest, question, 0s);
    return Proof{verdict, {fmt::format("the GPU of {}", o.guest), {{"guest", o.guest}}}};
}

Result<Proof> prove(Context& context)
{
    const Options& o = context.options;
    const auto question = question_of(o);
    if (!question)
        return std::unexpected(question.error());
    if (o.vm.empty() && o.guest.starts_with("tools:"))
        return fail(ErrorKind::usage, "--guest tools:USER is a user of the VM that --vm names", "write both");
    if (auto guest = check_guest(context); !guest)
        return std::unexpected(guest.error());
    if (o.here && (!o.vm.empty() || !o.guest.empty()))
        return fail(ErrorKind::usage, "--here is this very system, and --vm and --guest name another one", "write one of them");
    if (o.here)
        return verify_here(context, *question);
    if (!o.vm.empty())
        return verify_vm(context, *question);
    if (!o.guest.empty())
        return verify_guest(context, *question);
    return fail(ErrorKind::usage, "what shall be verified?", "--vm VM (a VM of the host), --guest URI (a guest that is reached directly) or --here (this system is the guest)");
}

Result<void> write_page(const std::string& file, const Proof& proof)
{
    if (file.empty())
        return {};
    std::ofstream out{file, std::ios::binary};
    out << verdict_page(proof.verdict, proof.subject.text) << std::flush;
    if (!out)
        return fail(ErrorKind::failed, "the page could not be written to " + file, "the verdict itself is not lost: run it again, or with --json");
    return {};
}

int exit_of(const Verdict& verdict)
{
    const bool as_asked = verdict.software && verdict.word == "unproven";
    return verdict.word == "working" || as_asked ? exit_done : exit_failed;
}

}  // namespace

Result<int> verify(Context& context)
{
    const auto proof = prove(context);
    if (!proof)
        return std::unexpected(proof.error());
    Surroundings& around = context.around;
    around.out << (context.options.json ? verify_document(proof->verdict, proof->subject.keys)
                                        : verdict_text(proof->verdict, around.paint_out(), around.terminal.width));
    if (auto written = write_page(context.options.html, *proof); !written)
        return std::unexpected(written.error());
    return exit_of(proof->verdict);
}

}  // namespace gpupass::cli
