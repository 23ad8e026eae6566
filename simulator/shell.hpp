#pragma once

#include "disk.hpp"
#include "shell_syntax.hpp"
#include "stream.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// The small ash of a simulated machine. It runs one script for one connection; a pipeline runs its commands one after
// the other.

namespace gpupass::sim {

class Shell;

/// What a running program has.
struct Process {
    std::vector<std::string> argv;
    Streams io;
    Shell& shell;

    bool print(std::string_view text) const { return io.out->write(text); }
    /// To standard error, with a newline; returns `status` for `return process.fail(...)`.
    int fail(std::string_view text, int status = 1) const;
};

using Program = std::function<int(Process&)>;

/// A machine as its shell sees it.
struct ShellMachine {
    Disk& disk;
    std::string host_name;
    std::string version;                      // of uname -r
    std::string build;                        // of uname -v
    std::string system;                       // of uname -s
    std::string system_name;                  // of uname -o
    std::map<std::string, Program> programs;  // beside the builtins
    std::function<double()> clock;            // of date, seconds since 1970
    std::function<void()> before_program;     // called before each program that is no builtin
};

class Shell {
public:
    Shell(const ShellMachine& machine, Interrupt& interrupt, Streams io);

    /// Runs the script that `in` delivers, line by line as it comes; returns the exit status.
    int run_script(Input& script);
    int run_text(const std::string& script);

    /// An absolute path of the machine for what a program was given.
    std::string path(std::string_view given) const;
    Disk& disk() const { return machine->disk; }

    const ShellMachine* machine;
    Interrupt* interrupt;
    Streams io;
    std::map<std::string, std::string> variables;
    std::map<std::string, std::shared_ptr<List>> functions;
    std::vector<std::string> arguments;  // $1 ...
    std::string name{"sh"};
    std::string folder{"/"};
    int umask{022};
    int status{};
    bool no_clobber{};
    std::string prompt;  // printed before each line when not empty

    enum class Flow { none, exit, break_loop, continue_loop, return_function };
    Flow flow{Flow::none};

    int run(const List& list);
    int run(const Command& command);
    int run_argv(std::vector<std::string> argv, const Streams& streams);
    std::vector<std::string> expand(const std::vector<Word>& words);
    /// One text, neither split nor taken as pattern; with `as_pattern` what was quoted is escaped for fnmatch.
    std::string expand_one(const Word& word, bool as_pattern = false);
    /// "" when it is known, else the message of a command that is not.
    bool is_known(const std::string& command) const;
    std::string report(std::string_view text) const;

private:
    struct Field;
    struct Expansion;
    void expand_part(const Part& part, Expansion& into);
    std::string variable(const std::string& wanted) const;
    std::string variable_with_operation(const Part& part);
    std::string substitute(const List& list);
    std::vector<std::string> matches(const Field& field) const;

    int run(const AndOr& item);
    int run(const Pipeline& pipeline);
    int run_what(const Command& command);
    int run(const Simple& simple);
    int run(const Group& group);
    int run(const If& command);
    int run(const While& command);
    int run(const For& command);
    int run(const Case& command);
    bool loop_goes_on();
    bool redirect(const Redirect& redirect, Streams& streams);
    bool open_for_writing(const Redirect& redirect, const std::string& target, Streams& streams);
    bool must_stop() { return flow != Flow::none || interrupt->stopped(); }
};

/// cd, echo, test, exit ... : what the shell does itself.
const std::map<std::string, Program>& builtins();

/// $((...)): nullopt when it is no expression. Names are looked up in `variables`.
std::optional<long long> evaluate(std::string_view expression, const std::map<std::string, std::string>& variables);

}  // namespace gpupass::sim
