#include "applets.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

// date, uname, sleep, sh, and how all programs read their options.

namespace gpupass::sim {

Arguments parse_arguments(const Process& process, std::string_view plain, std::string_view with_value)
{
    Arguments result;
    bool only_rest = false;
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        const auto& word = process.argv[i];
        if (only_rest || word.size() < 2 || word[0] != '-') {
            result.rest.push_back(word);
            continue;
        }
        only_rest = word == "--";
        for (std::size_t at = 1; at < word.size() && !only_rest; ++at) {
            if (with_value.contains(word[at])) {
                const bool inside = at + 1 < word.size();
                result.values[word[at]] = inside ? word.substr(at + 1)
                    : ++i < process.argv.size()  ? process.argv[i]
                                                 : "";
                break;
            }
            if (!plain.contains(word[at]) && result.unknown.empty())
                result.unknown = word[at];
            result.flags += word[at];
        }
    }
    return result;
}

int bad_option(const Process& process, const Arguments& arguments)
{
    return process.fail(fmt::format("{}: unrecognized option: {}", process.argv[0], arguments.unknown));
}

namespace {

int date(Process& process)
{
    const double now = process.shell.machine->clock();
    std::string format = "%a %b %e %H:%M:%S UTC %Y";
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        if (process.argv[i].starts_with('+'))
            format = process.argv[i].substr(1);
        else if (process.argv[i] != "-u")
            return process.fail("date: invalid date '" + process.argv[i] + "'");
    }
    format = replaced(format, "%s", std::to_string(static_cast<long long>(std::floor(now))));
    process.print(utc(now, format.c_str()) + "\n");
    return 0;
}

// VMkernel HOST 7.0.3 #1 SMP Release build-... x86_64 ESXi
int uname(Process& process)
{
    const auto arguments = parse_arguments(process, "asnrvmo");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    const auto& machine = *process.shell.machine;
    const std::vector<std::pair<char, std::string>> fields{{'s', machine.system},  {'n', machine.host_name},
                                                           {'r', machine.version}, {'v', machine.build},
                                                           {'m', "x86_64"},        {'o', machine.system_name}};
    std::vector<std::string> shown;
    for (const auto& [flag, value] : fields)
        if (arguments.has('a') || arguments.has(flag) || (arguments.flags.empty() && flag == 's'))
            shown.push_back(value);
    process.print(join(shown, " ") + "\n");
    return 0;
}

int sleep_program(Process& process)
{
    double seconds = 0;
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        char* end = nullptr;
        const double part = std::strtod(process.argv[i].c_str(), &end);
        if (end == process.argv[i].c_str() || !(part >= 0) || part > 1e6)
            return process.fail("sleep: invalid number '" + process.argv[i] + "'");
        seconds += part;
    }
    return process.shell.interrupt->sleep(std::chrono::milliseconds{static_cast<long long>(seconds * 1000)}) ? 0 : 130;
}

// sh -s reads its script from standard input; what the script starts reads on from there.
int sh(Process& process)
{
    Shell inner{*process.shell.machine, *process.shell.interrupt, process.io};
    inner.folder = process.shell.folder;
    inner.umask = process.shell.umask;
    inner.variables = process.shell.variables;
    std::size_t i = 1;
    for (; i < process.argv.size() && process.argv[i].starts_with('-') && process.argv[i] != "-"; ++i) {
        if (process.argv[i] == "-c") {
            if (i + 1 >= process.argv.size())
                return process.fail("sh: option requires an argument -- c", 2);
            if (i + 2 < process.argv.size())
                inner.arguments.assign(process.argv.begin() + static_cast<long>(i) + 3, process.argv.end());
            return inner.run_text(process.argv[i + 1]);
        }
        if (process.argv[i] == "-s") {
            inner.arguments.assign(process.argv.begin() + static_cast<long>(i) + 1, process.argv.end());
            return inner.run_script(*process.io.in);
        }
    }
    if (i >= process.argv.size())
        return inner.run_script(*process.io.in);
    const auto script = process.shell.disk().read(process.shell.path(process.argv[i]));
    if (!script)
        return process.fail(fmt::format("sh: can't open '{}'", process.argv[i]), 2);
    inner.arguments.assign(process.argv.begin() + static_cast<long>(i) + 1, process.argv.end());
    return inner.run_text(*script);
}

int which(Process& process)
{
    int status = 0;
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        if (process.shell.machine->programs.contains(process.argv[i]))
            process.print("/bin/" + process.argv[i] + "\n");
        else
            status = 1;
    }
    return status;
}

int env(Process& process)
{
    for (const auto& [name, value] : process.shell.variables)
        process.print(name + "=" + value + "\n");
    return 0;
}

int nohup(Process& process)
{
    if (process.argv.size() < 2)
        return process.fail("Usage: nohup PROG ARGS");
    return process.shell.run_argv({process.argv.begin() + 1, process.argv.end()}, process.io);
}

}  // namespace

void add_system_programs(std::map<std::string, Program>& programs)
{
    programs["date"] = date;
    programs["uname"] = uname;
    programs["sleep"] = sleep_program;
    programs["sh"] = sh;
    programs["which"] = which;
    programs["env"] = env;
    programs["nohup"] = nohup;
    programs["id"] = [](Process& process) { return process.print("uid=0(root) gid=0(root)\n"), 0; };
    programs["whoami"] = [](Process& process) { return process.print("root\n"), 0; };
    programs["hostname"] = [](Process& process) { return process.print(process.shell.machine->host_name + "\n"), 0; };
}

std::map<std::string, Program> busybox_programs()
{
    std::map<std::string, Program> programs;
    add_file_programs(programs);
    add_copy_programs(programs);
    add_text_programs(programs);
    add_system_programs(programs);
    return programs;
}

}  // namespace gpupass::sim
