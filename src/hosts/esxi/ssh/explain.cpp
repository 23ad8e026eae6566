#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/log_time.hpp"
#include "hosts/esxi/ssh/steps.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/esxi/ssh/vim_cmd.hpp"
#include "hosts/host_logs.hpp"
#include "rules/rules.hpp"

#include <algorithm>

// A failed power-on says next to nothing. Its cause stands in the VM's newest task, in the VM's own log and in the
// kernel's; the rules know the lines.

namespace gpupass::esxi {

namespace {

constexpr std::size_t tail = 256 * 1024;
constexpr std::size_t long_tail = 2 * 1024 * 1024;
constexpr std::size_t most_vms = 16;
constexpr const char* kernel_log = "/var/log/vmkernel.log";

std::string log_of(const Vm& vm)
{
    return vm.config_path.substr(0, vm.config_path.rfind('/') + 1) + "vmware.log";
}

void add_log(std::vector<LogText>& texts, const std::string& path, const Answer& answer, std::int64_t began)
{
    if (answer.state == Answer::State::done && answer.exit_code == 0)
        texts.push_back({path, lines_since(answer.out, began)});
}

void add_task(std::vector<LogText>& texts, const Query& query, const Answer& answer)
{
    const auto info = parse_task_info(answer.out);
    if (!answer.ok() || !info)
        return;
    std::string text;
    for (const std::string& message : info->messages)
        text += message + "\n";
    texts.push_back({describe(query), text});
}

}  // namespace

std::vector<Finding> explain_start(Machine& machine, const HostFacts& facts, const std::vector<const Vm*>& vms, std::int64_t began,
                                   Deadline deadline)
{
    std::vector<Query> queries{ReadFile{kernel_log, tail}};
    for (const Vm* vm : vms) {
        queries.push_back(ReadFile{log_of(*vm), tail});
        queries.push_back(Run{vm_command("get.tasklist", vm->id)});
    }
    const auto answers = machine.ask(queries, deadline);
    if (!answers)
        return {};
    std::vector<LogText> texts;
    std::vector<Query> tasks;
    for (std::size_t i = 0; i < vms.size(); ++i) {
        add_log(texts, log_of(*vms[i]), (*answers)[1 + 2 * i], began);
        if (const auto names = parse_task_list((*answers)[2 + 2 * i].out); !names.empty())
            tasks.push_back(Run{{"vim-cmd", "vimsvc/task_info", names.back()}});
    }
    if (const auto infos = tasks.empty() ? Result<std::vector<Answer>>{} : machine.ask(tasks, deadline))
        for (std::size_t i = 0; i < infos->size(); ++i)
            add_task(texts, tasks[i], (*infos)[i]);
    add_log(texts, kernel_log, answers->front(), began);
    auto findings = match_rules(texts, &facts);
    std::erase_if(findings, names_no_cause);
    return findings;
}

HostLogs host_logs(Machine& machine, const HostFacts& facts, Deadline deadline)
{
    std::vector<Query> queries{ReadFile{kernel_log, long_tail}};
    for (const Vm& vm : facts.vms)
        if (!vm.devices.empty() && queries.size() <= most_vms)
            queries.push_back(ReadFile{log_of(vm), long_tail});
    return read_host_logs(machine, queries, deadline);
}

}  // namespace gpupass::esxi
