#pragma once

#include "shell.hpp"

#include <map>
#include <string>
#include <vector>

// The busybox programs of a simulated machine.

namespace gpupass::sim {

/// Flags such as -lA and what is left; a flag in `with_value` takes the next word (or the rest of its own).
struct Arguments {
    std::string flags;
    std::map<char, std::string> values;
    std::vector<std::string> rest;
    std::string unknown;  // the first flag that is none of ours
    bool has(char flag) const { return flags.contains(flag); }
};
Arguments parse_arguments(const Process& process, std::string_view plain, std::string_view with_value = "");

/// "NAME: unrecognized option: x", as busybox says it, and 1.
int bad_option(const Process& process, const Arguments& arguments);

/// All of a file or, for "-" and "", of standard input; complains and returns nullopt when it cannot.
std::optional<std::string> read_operand(Process& process, const std::string& name);

void add_file_programs(std::map<std::string, Program>& programs);
void add_copy_programs(std::map<std::string, Program>& programs);
void add_text_programs(std::map<std::string, Program>& programs);
void add_system_programs(std::map<std::string, Program>& programs);

/// All of them.
std::map<std::string, Program> busybox_programs();

}  // namespace gpupass::sim
