#include "vimcmd.hpp"

#include "text.hpp"

#include <fmt/core.h>

namespace gpupass::sim {

VimAnswer vim_fault(const std::string& type, const std::string& text)
{
    return {
        to_text(vim_object(
            "", type, {vim_null("faultCause", "vmodl.MethodFault"), vim_unset("faultMessage"), vim_text("msg", text)})),
        "", 1};
}

VimAnswer no_such_vm(const std::string& wanted)
{
    return vim_fault("vim.fault.NotFound", fmt::format("Unable to find a VM corresponding to \"{}\"", wanted));
}

namespace {

const VimCommands& all_commands()
{
    static const VimCommands all = [] {
        VimCommands commands;
        add_vm_answers(commands);
        add_vm_objects(commands);
        add_task_answers(commands);
        add_host_answers(commands);
        return commands;
    }();
    return all;
}

// What a client sees while hostd starts; another text each time.
VimAnswer not_ready(Host& host)
{
    host.changed = true;
    switch (host.world.next_task++ % 4) {
    case 0: return {"", "Failed to login: Connection reset by peer\n", 1};
    case 1: return {"", "SSL Exception\n", 1};
    case 2: return {"", "The object has already been deleted or has not been completely created\n", 1};
    default: return {"<unset>\n", "", 0};
    }
}

VimAnswer answer(Host& host, const std::vector<std::string>& argv)
{
    if (host.now() < host.world.hostd_ready)
        return not_ready(host);
    if (argv.size() < 2)
        return {"", "Usage: vim-cmd COMMAND [ARGUMENT]...\n", 1};
    const auto found = all_commands().find(argv[1]);
    if (found == all_commands().end())
        return {"", fmt::format("Invalid command '{}'.\n", argv[1]), 1};
    const VimArguments arguments{argv.begin() + 2, argv.end()};
    if (arguments.size() < found->second.arguments)
        return {"", fmt::format("Insufficient arguments.\nUsage: {} ARGUMENT...\n", argv[1]), 1};
    return found->second.run(host, arguments);
}

}  // namespace

int vim_cmd(Host& host, Process& process)
{
    const auto takes = std::chrono::milliseconds{static_cast<long long>(host.options.command_seconds * 1000)};
    if (!process.shell.interrupt->sleep(takes))
        return 130;
    VimAnswer result;
    {
        const auto hold = host.enter();
        if (!host.is_up())
            return 130;
        result = answer(host, process.argv);
    }
    process.print(result.out);
    process.io.err->write(result.err);
    return result.status;
}

}  // namespace gpupass::sim
