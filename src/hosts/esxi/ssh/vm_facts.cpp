#include "hosts/esxi/ssh/vm_facts.hpp"

#include "hosts/esxi/fact_rules.hpp"
#include "hosts/esxi/ssh/probe.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/esxi/ssh/vm_config.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

constexpr std::size_t largest_vmx = 1 << 20;

std::string snapshot_path(const std::string& config_path)
{
    return config_path.substr(0, config_path.size() - std::string_view{".vmx"}.size()) + ".vmsd";
}

std::vector<std::string> datastores_of(const VmList& list)
{
    std::vector<std::string> names;
    for (const VmRow& row : list.rows)
        names.push_back(row.datastore);
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
}

struct VmReader {
    const VmSources& sources;
    std::string_view local_dmi;
    HostFacts& facts;
    Volumes volumes;
    std::vector<bool> claimed;  // which processes belong to a VM of the list

    void note(const std::string& text) { facts.unknown.push_back(text); }

    Power power_of(const VmRow& row)
    {
        if (!sources.running)
            return Power::unknown;
        Power power = Power::off;
        for (std::size_t i = 0; i < sources.running->size(); ++i) {
            if (!runs_as((*sources.running)[i], row.datastore, row.config_path(), volumes))
                continue;
            claimed[i] = true;
            power = Power::on;
        }
        return power;
    }

    std::optional<bool> autostart_of(const VmRow& row) const
    {
        if (!sources.autostart)
            return std::nullopt;
        return std::ranges::any_of(*sources.autostart, [&](const AutostartEntry& entry) { return entry.vm_id == row.id && entry.starts; });
    }

    /// A missing file is a VM that never had a snapshot.
    std::optional<int> snapshots_of(const Vm& vm, const Answer& answer)
    {
        if (answer.state == Answer::State::done && answer.exit_code != 0 && answer.err.contains("No such file"))
            return 0;
        const std::string trouble = trouble_of(answer);
        const auto count = trouble.empty() ? parse_snapshots(answer.out) : Result<int>{0};
        if (trouble.empty() && count)
            return *count;
        note("snapshots of VM " + vm.name + ": " + (trouble.empty() ? count.error().what : trouble));
        return std::nullopt;
    }

    void read_config(Vm& vm, const Answer& answer)
    {
        std::string trouble = trouble_of(answer);
        if (trouble.empty() && answer.out.size() > largest_vmx)
            trouble = "it is larger than a .vmx can be";
        const VmxDocument document{trouble.empty() ? answer.out : std::string{}};
        if (trouble.empty() && document.entries().empty())
            trouble = "there is no `name = \"value\"` in it";
        if (!trouble.empty()) {
            vm.unreadable = trouble;
            note("configuration of VM " + vm.name + ": " + trouble);
            if (vm.power == Power::off)
                vm.power = Power::unknown;  // a suspended VM is told by its file only
            add_unknown_vm_settings(vm.name, facts.settings);
            return;
        }
        read_vm_config(document, vm);
        add_vm_settings(document, vm.name, facts.settings);
        if (is_this_computer(local_dmi, document.get("uuid.bios").value_or("")))
            facts.inside_this_host = true;
    }

    void add_power(const Vm& vm)
    {
        const Value value = vm.power == Power::unknown ? Value{} : Value{to_string(vm.power)};
        facts.settings[vm_key(vm.name, "power")] = {value, value};
    }

    void add_vm(const VmRow& row, const Answer& config, const Answer& snapshots)
    {
        Vm vm{.id = row.id, .name = as_utf8(row.name), .config_path = row.config_path(), .datastore = row.datastore,
              .power = power_of(row)};
        vm.autostart = autostart_of(row);
        read_config(vm, config);
        vm.snapshots = snapshots_of(vm, snapshots);
        add_power(vm);
        facts.vms.push_back(std::move(vm));
    }

    /// It runs, and hostd does not list it: nobody could ask it to stop. It must be seen.
    void add_strangers()
    {
        for (std::size_t i = 0; i < claimed.size(); ++i) {
            const VmProcess& process = (*sources.running)[i];
            if (is_this_computer(local_dmi, process.uuid))
                facts.inside_this_host = true;
            if (claimed[i])
                continue;
            Vm vm{.name = as_utf8(process.name), .config_path = process.config_file, .power = Power::on,
                  .unreadable = "it runs, and the list of VMs does not have it"};
            note("VM " + vm.name + ": " + vm.unreadable);
            add_unknown_vm_settings(vm.name, facts.settings);
            add_power(vm);
            facts.vms.push_back(std::move(vm));
        }
    }
};

}  // namespace

Query volume_query(const std::string& datastore)
{
    return ReadLink{"/vmfs/volumes/" + datastore};
}

std::string volume_of(const Answer& answer)
{
    std::string_view target = trim(std::string_view{answer.out}.substr(0, answer.out.find('\n')));
    if (!trouble_of(answer).empty())
        return "";
    while (target.ends_with('/'))
        target.remove_suffix(1);
    return std::string{target.substr(target.rfind('/') + 1)};
}

bool runs_as(const VmProcess& process, const std::string& datastore, const std::string& config_path, const Volumes& volumes)
{
    constexpr std::string_view root = "/vmfs/volumes/";
    if (process.config_file == config_path)
        return true;
    const std::string below = config_path.substr(root.size() + datastore.size());
    const auto volume = volumes.find(datastore);
    if (volume != volumes.end() && !volume->second.empty())
        return process.config_file == std::string{root} + volume->second + below;
    return process.config_file.starts_with(root) && process.config_file.ends_with(below);
}

Result<void> read_vms(Machine& machine, const VmSources& sources, std::string_view local_dmi, HostFacts& facts, Deadline deadline)
{
    const auto datastores = datastores_of(sources.list);
    std::vector<Query> queries;
    for (const std::string& datastore : datastores)
        queries.push_back(volume_query(datastore));
    for (const VmRow& row : sources.list.rows) {
        queries.push_back(ReadFile{row.config_path()});
        queries.push_back(ReadFile{snapshot_path(row.config_path())});
    }
    const auto answers = queries.empty() ? Result<std::vector<Answer>>{} : machine.ask(queries, deadline);
    if (!answers)
        return std::unexpected(answers.error());

    VmReader reader{sources, local_dmi, facts, {}, std::vector<bool>(sources.running ? sources.running->size() : 0)};
    std::size_t next = 0;
    for (const std::string& datastore : datastores)
        reader.volumes[datastore] = volume_of((*answers)[next++]);
    for (const VmRow& row : sources.list.rows) {
        reader.add_vm(row, (*answers)[next], (*answers)[next + 1]);
        next += 2;
    }
    for (const std::string& refused : sources.list.refused)
        reader.note("list of VMs, " + refused);
    reader.add_strangers();
    blank_shared_names(facts);
    return {};
}

}  // namespace gpupass::esxi
