#include "shell.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>

// Performs what a script says.

namespace gpupass::sim {

namespace {
constexpr int depth_limit = 200;
thread_local int depth = 0;
}  // namespace

int Process::fail(std::string_view text, int status) const
{
    io.err->write(std::string{text} + "\n");
    return status;
}

Shell::Shell(const ShellMachine& the_machine, Interrupt& the_interrupt, Streams streams)
    : machine{&the_machine}, interrupt{&the_interrupt}, io{std::move(streams)}
{
}

std::string Shell::report(std::string_view text) const { return fmt::format("{}: {}", name, text); }

std::string Shell::path(std::string_view given) const
{
    if (given.starts_with('/') || given.empty())
        return std::string{given};
    return folder == "/" ? "/" + std::string{given} : folder + "/" + std::string{given};
}

int Shell::run_script(Input& script)
{
    bool at_end = false;
    for (bool first = true; !must_stop(); first = false) {
        if (!prompt.empty() && (first || script.buffered().empty()))
            io.out->write(prompt);
        Parsed line = parse_line(script.buffered(), at_end);
        while (line.state == Parsed::State::incomplete && !at_end) {
            at_end = !script.fill();
            line = parse_line(script.buffered(), at_end);
        }
        if (at_end && script.buffered().empty())
            break;
        script.consume(line.consumed);
        if (line.state == Parsed::State::wrong) {
            io.err->write(report("syntax error: " + line.error) + "\n");
            status = 2;
            if (prompt.empty())
                return status;
            continue;
        }
        run(line.list);
    }
    return status;
}

int Shell::run_text(const std::string& script)
{
    StringInput input{script};
    return run_script(input);
}

int Shell::run(const List& list)
{
    for (const auto& item : list.items) {
        if (must_stop())
            break;
        run(item);
    }
    return status;
}

int Shell::run(const AndOr& item)
{
    run(item.pipelines.front());
    for (std::size_t i = 0; i < item.ands.size() && !must_stop(); ++i)
        if (item.ands[i] == (status == 0))
            run(item.pipelines[i + 1]);
    return status;
}

// One command after the other, each reading all that the one before has written.
int Shell::run(const Pipeline& pipeline)
{
    if (pipeline.commands.size() == 1) {
        run(pipeline.commands.front());
    } else {
        Shell inner{*this};
        for (std::size_t i = 0; i < pipeline.commands.size() && !interrupt->stopped(); ++i) {
            const bool last = i + 1 == pipeline.commands.size();
            auto out = std::make_shared<StringOutput>();
            inner.io.out = last ? io.out : out;
            inner.flow = Flow::none;
            status = inner.run(pipeline.commands[i]);
            inner.io.in = std::make_shared<StringInput>(std::move(out->text));
        }
    }
    if (pipeline.negated)
        status = status == 0 ? 1 : 0;
    return status;
}

int Shell::run(const Command& command)
{
    if (depth > depth_limit) {
        io.err->write(report("nested too deeply") + "\n");
        flow = Flow::exit;
        return status = 2;
    }
    ++depth;
    const Streams before = io;
    bool ready = true;
    for (const auto& wanted : command.redirects)
        ready = ready && redirect(wanted, io);
    status = ready ? run_what(command) : 1;
    io = before;
    --depth;
    return status;
}

int Shell::run_what(const Command& command)
{
    if (const auto* function = std::get_if<Function>(&command.what)) {
        functions[function->name] = function->body;
        return 0;
    }
    return std::visit(
        [&](const auto& what) -> int {
            if constexpr (std::is_same_v<std::decay_t<decltype(what)>, Function>)
                return 0;
            else
                return run(what);
        },
        command.what);
}

int Shell::run(const Simple& simple)
{
    const int before = status;
    status = 0;
    std::map<std::string, std::string> saved;
    if (!simple.assignments.empty())
        saved = variables;
    for (const auto& assignment : simple.assignments) {
        status = before;  // $? in the value is that of the command before
        const auto value = expand_one(assignment.value);
        status = status == before ? 0 : status;
        variables[assignment.name] = value;
    }
    if (simple.words.empty())
        return status;
    status = before;
    auto argv = expand(simple.words);
    if (flow != Flow::none)
        return status;
    if (argv.empty())
        return status == before ? 0 : status;
    const int result = run_argv(std::move(argv), io);
    if (!simple.assignments.empty())
        variables = std::move(saved);
    return result;
}

bool Shell::is_known(const std::string& command) const
{
    return functions.contains(command) || builtins().contains(command) || machine->programs.contains(command);
}

namespace {

// The program that a path such as /sbin/esxcli names.
std::string program_name(const std::string& command)
{
    for (const std::string_view folder : {"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/vmware/bin/"})
        if (command.starts_with(folder))
            return command.substr(folder.size());
    return command;
}

}  // namespace

int Shell::run_argv(std::vector<std::string> argv, const Streams& streams)
{
    if (const auto function = functions.find(argv[0]); function != functions.end()) {
        const auto body = function->second;
        auto saved = std::move(arguments);
        arguments.assign(argv.begin() + 1, argv.end());
        run(*body);
        arguments = std::move(saved);
        flow = flow == Flow::return_function ? Flow::none : flow;
        return status;
    }
    const std::string wanted = program_name(argv[0]);
    Process process{std::move(argv), streams, *this};
    if (const auto builtin = builtins().find(wanted); builtin != builtins().end())
        return builtin->second(process);
    if (const auto program = machine->programs.find(wanted); program != machine->programs.end()) {
        if (machine->before_program)
            machine->before_program();
        return interrupt->stopped() ? 130 : program->second(process);
    }
    if (wanted.contains('/') && disk().exists(path(wanted)))
        return process.fail(report(process.argv[0] + ": Permission denied"), 126);
    return process.fail(report(process.argv[0] + ": not found"), 127);
}

bool Shell::redirect(const Redirect& wanted, Streams& streams)
{
    const auto target = expand_one(wanted.target);
    if (wanted.kind == Redirect::Kind::duplicate) {
        if (target != "1" && target != "2") {
            io.err->write(report(target + ": bad file descriptor") + "\n");
            return false;
        }
        (wanted.fd == 2 ? streams.err : streams.out) = target == "1" ? streams.out : streams.err;
        return true;
    }
    if (wanted.kind != Redirect::Kind::read)
        return open_for_writing(wanted, target, streams);
    if (target == "/dev/null") {
        streams.in = std::make_shared<StringInput>("");
        return true;
    }
    auto text = disk().read(path(target));
    if (!text) {
        io.err->write(report(fmt::format("can't open {}: no such file", target)) + "\n");
        return false;
    }
    streams.in = std::make_shared<StringInput>(std::move(*text));
    return true;
}

bool Shell::open_for_writing(const Redirect& wanted, const std::string& target, Streams& streams)
{
    auto& stream = wanted.fd == 2 ? streams.err : streams.out;
    if (target == "/dev/null") {
        stream = std::make_shared<NullOutput>();
        return true;
    }
    const bool append = wanted.kind == Redirect::Kind::append;
    const int exclusive = no_clobber && !append ? O_EXCL : 0;
    const auto fd =
        disk().open(path(target), O_WRONLY | O_CREAT | exclusive | (append ? O_APPEND : O_TRUNC), 0666 & ~umask);
    if (fd) {
        stream = std::make_shared<FileOutput>(*fd, disk().is_full(path(target)));
        return true;
    }
    const auto why = fd.error() == ENOENT ? "nonexistent directory"
        : fd.error() == EEXIST            ? "File exists"
                                          : std::strerror(fd.error());
    io.err->write(report(fmt::format("can't create {}: {}", target, why)) + "\n");
    return false;
}

}  // namespace gpupass::sim
