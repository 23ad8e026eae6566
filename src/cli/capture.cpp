#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/host_choice.hpp"

#include <ostream>

// Everything a probe reads, and the logs a diagnosis would want, in one file that `--host capture:FILE` replays.

namespace gpupass::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t host_log_tail = 1u << 20;
constexpr std::size_t vm_log_tail = 256u << 10;
constexpr std::size_t most_vm_logs = 100;

std::string folder_of(const std::string& path)
{
    return path.substr(0, path.rfind('/'));
}

std::vector<Query> log_queries(const HostFacts& facts)
{
    std::vector<Query> queries{ReadFile{"/var/log/vmkernel.log", host_log_tail},
                               ReadFile{"/var/log/vmkwarning.log", host_log_tail},
                               ReadFile{"/var/log/hostd.log", host_log_tail}, ReadFile{"/etc/vmware/passthru.map"}};
    for (const Vm& vm : facts.vms)
        if (!vm.config_path.empty() && queries.size() < most_vm_logs)
            queries.push_back(ReadFile{folder_of(vm.config_path) + "/vmware.log", vm_log_tail});
    return queries;
}

}  // namespace

Result<int> capture(Context& context)
{
    const auto choice = choose_host(context.options, context.around.config_folder);
    if (!choice)
        return std::unexpected(choice.error());
    auto opened = context.around.open(*choice, {.record = true}, context.around);
    if (!opened)
        return std::unexpected(opened.error());
    const auto facts = opened->host->probe(Deadline::in(120s));
    if (!facts)
        return at(facts.error(), "host " + choice->label);
    // A log that cannot be read is recorded as just that: the capture is complete without it.
    if (!opened->machine)
        (void)opened->host->logs(*facts);
    else if (const auto logs = opened->machine->ask(log_queries(*facts), Deadline::in(60s)); !logs)
        return at(logs.error(), "logs of host " + choice->label);
    context.around.out << to_text(redact(*opened->recording));
    context.around.err << "captured " << opened->recording->answers.size() << " answers; secrets are removed, names, "
                       << "addresses and log lines are not: read it before you show it to others\n";
    return exit_done;
}

}  // namespace gpupass::cli
