#pragma once

#include "host.hpp"
#include "shell.hpp"
#include "vim_object.hpp"

#include <map>
#include <string>
#include <vector>

// vim-cmd: what hostd answers.

namespace gpupass::sim {

struct VimAnswer {
    std::string out;
    std::string err;
    int status{};
};

using VimArguments = std::vector<std::string>;

struct VimCommand {
    std::size_t arguments{};  // needed at least
    VimAnswer (*run)(Host& host, const VimArguments& arguments);
};

using VimCommands = std::map<std::string, VimCommand>;
void add_vm_answers(VimCommands& commands);
void add_vm_objects(VimCommands& commands);
void add_task_answers(VimCommands& commands);
void add_host_answers(VimCommands& commands);

/// A fault as vim-cmd prints it; status 1.
VimAnswer vim_fault(const std::string& type, const std::string& text);
VimAnswer no_such_vm(const std::string& wanted);

/// A VM command whose first argument must be a VM that hostd knows.
template <VimAnswer (*run)(Host&, Vm&, const VimArguments&)>
VimAnswer for_vm(Host& host, const VimArguments& arguments)
{
    Vm* vm = find_vm(host, arguments[0]);
    return vm ? run(host, *vm, arguments) : no_such_vm(arguments[0]);
}

int vim_cmd(Host& host, Process& process);

}  // namespace gpupass::sim
