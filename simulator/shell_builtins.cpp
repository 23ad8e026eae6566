#include "shell.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <cstdlib>

// What the shell does itself, but for test and printf.

namespace gpupass::sim {

int test_builtin(Process& process);
int printf_builtin(Process& process);
std::string unescape(std::string_view text, bool octal_needs_zero);

namespace {

int echo(Process& process)
{
    bool newline = true;
    bool escapes = false;
    std::size_t i = 1;
    for (; i < process.argv.size() && (process.argv[i] == "-n" || process.argv[i] == "-e"); ++i)
        (process.argv[i] == "-n" ? newline : escapes) = process.argv[i] != "-n";
    std::string text = join({process.argv.begin() + static_cast<long>(i), process.argv.end()}, " ");
    if (escapes)
        text = unescape(text, true);
    if (process.print(text + (newline ? "\n" : "")))
        return 0;
    return process.fail(process.shell.report("write error: No space left on device"));
}

int cd(Process& process)
{
    const std::string wanted = process.argv.size() > 1 ? process.argv[1] : "/";
    const auto folder = process.shell.disk().canonical(process.shell.path(wanted));
    if (!folder || !process.shell.disk().is_folder(*folder))
        return process.fail(process.shell.report(fmt::format("cd: can't cd to {}: No such file or directory", wanted)),
                            2);
    process.shell.folder = *folder;
    return 0;
}

int leave(Process& process, Shell::Flow flow)
{
    process.shell.flow = flow;
    if (process.argv.size() < 2)
        return process.shell.status;
    const auto status = to_number(process.argv[1]);
    return status ? static_cast<int>(*status & 0xff) : 2;
}

int flow_only(Process& process, Shell::Flow flow)
{
    process.shell.flow = flow;
    return 0;
}

int type(Process& process)
{
    int status = 0;
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        const auto& name = process.argv[i];
        if (builtins().contains(name))
            process.print(name + " is a shell builtin\n");
        else if (process.shell.machine->programs.contains(name))
            process.print(fmt::format("{0} is /bin/{0}\n", name));
        else if (process.shell.functions.contains(name))
            process.print(name + " is a function\n");
        else
            status = process.fail(name + ": not found", 127);
    }
    return status;
}

int export_builtin(Process& process)
{
    for (std::size_t i = 1; i < process.argv.size(); ++i)
        if (const auto equals = process.argv[i].find('='); equals != std::string::npos)
            process.shell.variables[process.argv[i].substr(0, equals)] = process.argv[i].substr(equals + 1);
    return 0;
}

int unset(Process& process)
{
    for (std::size_t i = 1; i < process.argv.size(); ++i)
        process.shell.variables.erase(process.argv[i]);
    return 0;
}

int umask_builtin(Process& process)
{
    if (process.argv.size() < 2) {
        process.print(fmt::format("{:04o}\n", process.shell.umask));
        return 0;
    }
    char* end = nullptr;
    const long mask = std::strtol(process.argv[1].c_str(), &end, 8);
    if (*end != '\0' || mask < 0 || mask > 0777)
        return process.fail(process.shell.report("umask: illegal mode: " + process.argv[1]), 2);
    process.shell.umask = static_cast<int>(mask);
    return 0;
}

int set(Process& process)
{
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        if (process.argv[i] == "-C" || process.argv[i] == "+C")
            process.shell.no_clobber = process.argv[i] == "-C";
        if (process.argv[i] != "--")
            continue;
        process.shell.arguments.assign(process.argv.begin() + static_cast<long>(i) + 1, process.argv.end());
        break;
    }
    return 0;
}

int shift(Process& process)
{
    if (process.shell.arguments.empty())
        return 1;
    process.shell.arguments.erase(process.shell.arguments.begin());
    return 0;
}

// Blanks around the line are dropped; the last name takes the rest.
int read_builtin(Process& process)
{
    std::vector<std::string> names;
    for (std::size_t i = 1; i < process.argv.size(); ++i)
        if (!process.argv[i].starts_with('-'))
            names.push_back(process.argv[i]);
    const auto line = process.io.in->read_line();
    std::string rest = trim(line.value_or(""));
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto end = i + 1 == names.size() ? rest.npos : rest.find_first_of(" \t");
        process.shell.variables[names[i]] = rest.substr(0, end);
        rest = end == rest.npos ? "" : trim(rest.substr(end));
    }
    return line && line->ends_with('\n') ? 0 : 1;
}

int eval(Process& process)
{
    const auto text = join({process.argv.begin() + 1, process.argv.end()}, " ");
    StringInput input{text};
    return process.shell.run_script(input);
}

int pwd(Process& process)
{
    process.print(process.shell.folder + "\n");
    return 0;
}

int exec(Process& process)
{
    if (process.argv.size() < 2)
        return 0;
    process.shell.flow = Shell::Flow::none;
    const int status = process.shell.run_argv({process.argv.begin() + 1, process.argv.end()}, process.io);
    process.shell.flow = Shell::Flow::exit;
    return status;
}

}  // namespace

const std::map<std::string, Program>& builtins()
{
    static const std::map<std::string, Program> all{
        {"echo", echo},
        {"printf", printf_builtin},
        {"[", test_builtin},
        {"test", test_builtin},
        {"cd", cd},
        {"pwd", pwd},
        {":", [](Process&) { return 0; }},
        {"true", [](Process&) { return 0; }},
        {"false", [](Process&) { return 1; }},
        {"exit", [](Process& process) { return leave(process, Shell::Flow::exit); }},
        {"return", [](Process& process) { return leave(process, Shell::Flow::return_function); }},
        {"break", [](Process& process) { return flow_only(process, Shell::Flow::break_loop); }},
        {"continue", [](Process& process) { return flow_only(process, Shell::Flow::continue_loop); }},
        {"type", type},
        {"export", export_builtin},
        {"local", export_builtin},
        {"unset", unset},
        {"umask", umask_builtin},
        {"set", set},
        {"shift", shift},
        {"read", read_builtin},
        {"eval", eval},
        {"exec", exec},
        {"trap", [](Process&) { return 0; }},
    };
    return all;
}

}  // namespace gpupass::sim
