#include "esxcli.hpp"
#include "text.hpp"

#include <fmt/core.h>

// esxcli vm process.

namespace gpupass::sim {

namespace {

using Type = EsxField::Type;

EsxOutcome process_list(Host& host, const EsxOptions&)
{
    EsxOutcome outcome;
    outcome.result = {EsxResult::Shape::list, "VirtualMachine", {}, {}};
    for (const auto& vm : host.world.vms) {
        if (vm.power != powered_on)
            continue;
        outcome.result.structures.push_back({vm_name(vm),
                                             {{"World ID", std::to_string(vm.world_id), Type::integer},
                                              {"Process ID", "0", Type::integer},
                                              {"VMX Cartel ID", std::to_string(vm.world_id - 15), Type::integer},
                                              {"UUID", Vmx{vm.text}.get_or("uuid.bios", "")},
                                              {"Display Name", vm_name(vm)},
                                              {"Config File", vm.path}}});
    }
    return outcome;
}

EsxOutcome kill(Host& host, const EsxOptions& options)
{
    const auto& type = options.at("type");
    if (type != "soft" && type != "hard" && type != "force")
        return esx_error("Error: Invalid value for parameter type: " + type);
    for (auto& vm : host.world.vms) {
        if (vm.power != powered_on || std::to_string(vm.world_id) != options.at("world-id"))
            continue;
        log_vm(host, vm, "VMX has been killed.");
        end_of_run(host, vm);
        return {};
    }
    return esx_error("Unable to find a virtual machine with the world ID: " + options.at("world-id"));
}

}  // namespace

void add_vm_commands(EsxCommands& commands)
{
    commands["vm process list"] = {{}, process_list};
    commands["vm process kill"] = {{{'t', "type", false, true}, {'w', "world-id", false, true}}, kill};
}

}  // namespace gpupass::sim
