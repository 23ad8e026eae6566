#pragma once

#include "model/plan.hpp"
#include "model/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gpupass::cli {

/// The words of one call, read. Which fields mean something depends on the command.
struct Options {
    std::string command;
    std::string help;  // not empty: print this and end

    // global
    std::vector<std::string> hosts;  // URIs or names
    bool all{};
    bool json{};
    bool yes{};
    bool version{};
    std::string identity;
    std::string known_hosts;
    std::string password_file;
    Consents consents;

    // of commands
    std::string gpu;
    std::string vm;
    std::string guest;
    std::string cluster;     // which of many hosts
    std::string only_gpu;
    std::string only_state;
    bool csv{};
    std::size_t at_once{1};     // hosts that are changed at a time
    std::size_t stop_after{1};  // failures after which no further host is begun
    bool start{};
    bool persist{};
    bool move{};
    bool plan{};
    bool print{};
    bool naive{};
    bool here{};
    bool fast{};
    bool allow_software{};
    std::string device;     // in the guest: address or id
    std::string html;       // file to write
    std::optional<long> run;
    std::string rule;
    std::string shell;
    std::vector<std::string> logs;     // files or "-"
    std::vector<std::string> bundles;  // archives of logs
    std::vector<std::string> files;    // logs or archives, without an option
    std::vector<std::string> facts;    // KEY=VALUE
    std::string rules_folder;          // of the user's own rules
    bool markdown{};
};

/// Reads the words after the program's name. Global options stand before or after the command.
Result<Options> parse_options(std::span<const std::string> words);

/// An option or a command, for completion scripts.
struct Word {
    std::string name;  // "--host", "attach"
    std::string help;
    bool takes_value{};
};
struct CommandWords {
    Word command;
    std::vector<Word> options;
};
/// The global options come first, under a command without a name.
std::vector<CommandWords> all_words();

}  // namespace gpupass::cli
