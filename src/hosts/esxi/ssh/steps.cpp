#include "hosts/esxi/ssh/steps.hpp"

#include "hosts/esxi/text.hpp"
#include "hosts/esxi/ssh/vim_cmd.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace gpupass::esxi {

namespace {

const Query list_vms = Run{{"vim-cmd", "vmsvc/getallvms"}};
const Query list_processes = Run{{"esxcli", "vm", "process", "list"}};
const Query read_clock = Run{{"date", "+%s"}};

std::vector<std::string> datastores_of(const HostFacts& facts)
{
    std::set<std::string> names;
    for (const Vm& vm : facts.vms)
        if (!vm.datastore.empty())
            names.insert(vm.datastore);
    return {names.begin(), names.end()};
}

template <class T>
Result<T> at_command(Result<T> parsed, const Query& query)
{
    if (!parsed)
        return at(std::move(parsed.error()), describe(query));
    return parsed;
}

Result<std::vector<VmProcess>> parse_running(const Answer& answer)
{
    const auto text = output_of(list_processes, answer);
    if (!text)
        return std::unexpected(text.error());
    return at_command(parse_vm_processes(*text), list_processes);
}

}  // namespace

Result<void> wait_a_bit(Hands& hands, std::string_view note)
{
    constexpr std::chrono::milliseconds slice{200};
    hands.context.watch->note(note);
    const Deadline end = Deadline::in(std::min(hands.next_wait, hands.times.poll));
    hands.next_wait = std::min(2 * hands.next_wait, hands.times.poll);
    while (true) {
        if (hands.context.watch->must_leave())
            return fail(ErrorKind::interrupted, "left while waiting: " + std::string{note}, "go on with `gpupass resume`");
        if (end.passed())
            return {};
        std::this_thread::sleep_for(std::min(slice, end.left()));
    }
}

Result<std::string> output_of(const Query& query, const Answer& answer)
{
    const std::string trouble = trouble_of(answer);
    if (trouble.empty())
        return answer.out;
    return at({.kind = answer.state == Answer::State::timed_out ? ErrorKind::timeout : ErrorKind::failed, .what = trouble, .where = {}, .next = {}},
              describe(query));
}

Result<std::vector<Answer>> ask_patiently(Hands& hands, const std::vector<Query>& queries)
{
    auto answers = hands.machine.ask(queries, Deadline::in(hands.times.batch));
    const Deadline deadline = Deadline::in(hands.times.ready);
    while (answers) {
        std::vector<Query> again;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < queries.size(); ++i)
            if (is_transient((*answers)[i])) {
                again.push_back(queries[i]);
                places.push_back(i);
            }
        if (again.empty() || deadline.passed())
            return answers;
        if (auto waited = wait_a_bit(hands, "the host's management service is not ready"); !waited)
            return std::unexpected(waited.error());
        auto newer = hands.machine.ask(again, Deadline::in(hands.times.batch));
        if (!newer)
            return newer;
        for (std::size_t i = 0; i < places.size(); ++i)
            (*answers)[places[i]] = std::move((*newer)[i]);
    }
    return answers;
}

bool Inventory::runs(const Vm& vm) const
{
    return std::ranges::any_of(running, [&](const VmProcess& process) { return runs_as(process, vm.datastore, vm.config_path, volumes); });
}

Result<Inventory> read_inventory(Hands& hands)
{
    std::vector<Query> queries{list_vms, list_processes, read_clock};
    const auto datastores = datastores_of(hands.facts);
    for (const std::string& datastore : datastores)
        queries.push_back(volume_query(datastore));
    const auto answers = ask_patiently(hands, queries);
    if (!answers)
        return std::unexpected(answers.error());
    const auto text = output_of(list_vms, (*answers)[0]);
    if (!text)
        return std::unexpected(text.error());
    auto list = at_command(parse_vm_list(*text), list_vms);
    if (!list)
        return std::unexpected(list.error());
    auto running = parse_running((*answers)[1]);
    if (!running)
        return std::unexpected(running.error());
    Inventory inventory{.list = std::move(*list), .running = std::move(*running), .volumes = {}, .time = {}};
    if (const auto time = parse_unix_time((*answers)[2].out); time && (*answers)[2].ok())
        inventory.time = *time;
    for (std::size_t i = 0; i < datastores.size(); ++i)
        inventory.volumes[datastores[i]] = volume_of((*answers)[3 + i]);
    return inventory;
}

Result<std::vector<VmProcess>> read_running(Hands& hands)
{
    const auto answers = ask_patiently(hands, {list_processes});
    if (!answers)
        return std::unexpected(answers.error());
    return parse_running(answers->front());
}

Result<std::vector<const Vm*>> find_vms(const Hands& hands, const Inventory& inventory, const std::vector<std::string>& names)
{
    std::vector<const Vm*> vms;
    for (const std::string& name : names) {
        const Vm* vm = find_vm(hands.facts, name);
        if (!vm)
            return fail(ErrorKind::not_found, "no VM, or more than one, is called " + excerpt(name), "look at `gpupass inspect`");
        const auto row = std::ranges::find(inventory.list.rows, vm->id, &VmRow::id);
        if (row == inventory.list.rows.end())
            return fail(ErrorKind::changed, "VM " + excerpt(name) + " is not in the host's list of VMs (id " + vm->id + ")",
                        "look in the Host Client whether it is registered and valid");
        if (row->config_path() != vm->config_path)
            return fail(ErrorKind::changed, "id " + vm->id + " is not VM " + excerpt(name) + " any more but " + excerpt(row->config_path()),
                        "run the command again");
        vms.push_back(vm);
    }
    return vms;
}

}  // namespace gpupass::esxi
