#include "esxcli.hpp"

#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace gpupass::sim {

EsxOutcome esx_simple(std::string value, EsxField::Type type)
{
    EsxOutcome outcome;
    outcome.result.shape = EsxResult::Shape::simple;
    outcome.result.simple = {"", std::move(value), type};
    return outcome;
}

EsxOutcome esx_error(std::string text)
{
    EsxOutcome outcome;
    outcome.error = std::move(text);
    return outcome;
}

std::optional<bool> to_bool(std::string_view text)
{
    const auto word = lower(text);
    if (word == "true" || word == "yes" || word == "on" || word == "1")
        return true;
    if (word == "false" || word == "no" || word == "off" || word == "0")
        return false;
    return std::nullopt;
}

namespace {

const EsxCommands& all_commands()
{
    static const EsxCommands all = [] {
        EsxCommands commands;
        add_system_commands(commands);
        add_pci_commands(commands);
        add_vm_commands(commands);
        return commands;
    }();
    return all;
}

struct Call {
    std::string formatter;
    bool debug{};
    std::vector<std::string> path;
    EsxOptions options;
    std::string error;
};

// Options before the namespace: --formatter=xml, --debug.
std::size_t read_leading_options(const std::vector<std::string>& argv, Call& call)
{
    std::size_t i = 1;
    for (; i < argv.size() && argv[i].starts_with('-'); ++i) {
        if (argv[i] == "--debug")
            call.debug = true;
        else if (argv[i].starts_with("--formatter="))
            call.formatter = argv[i].substr(12);
        else if (argv[i] == "--formatter" && i + 1 < argv.size())
            call.formatter = argv[++i];
        else
            call.error = "Error: Invalid option " + argv[i];
    }
    return i;
}

const EsxOption* find_option(const EsxCommand& command, const std::string& word)
{
    const auto found = std::ranges::find_if(command.options, [&](const EsxOption& option) {
        return word == "--" + option.name || word == std::string{'-', option.letter};
    });
    return found == command.options.end() ? nullptr : &*found;
}

void read_options(const std::vector<std::string>& argv, std::size_t at, const EsxCommand& command, Call& call)
{
    for (; at < argv.size() && call.error.empty(); ++at) {
        const auto equals = argv[at].find('=');
        const auto word = argv[at].substr(0, equals);
        const auto* option = find_option(command, word);
        if (!option || (option->flag && equals != std::string::npos))
            call.error = "Error: Invalid option " + word;
        else if (option->flag)
            call.options[option->name] = "true";
        else if (equals != std::string::npos)
            call.options[option->name] = argv[at].substr(equals + 1);
        else if (at + 1 < argv.size())
            call.options[option->name] = argv[++at];
        else
            call.error = fmt::format("Error: Option {} requires an argument", word);
    }
    for (const auto& option : command.options)
        if (call.error.empty() && option.required && !call.options.contains(option.name))
            call.error = fmt::format("Error: Missing required parameter -{}|--{}", option.letter, option.name);
}

const EsxCommand* read_call(const std::vector<std::string>& argv, Call& call)
{
    std::size_t at = read_leading_options(argv, call);
    for (; at < argv.size() && !argv[at].starts_with('-'); ++at)
        call.path.push_back(argv[at]);
    const auto found = all_commands().find(join(call.path, " "));
    if (found == all_commands().end()) {
        if (call.error.empty())
            call.error = "Error: Unknown command or namespace " + join(call.path, " ");
        return nullptr;
    }
    read_options(argv, at, found->second, call);
    return &found->second;
}

std::string shown(const Call& call, const EsxResult& result)
{
    if (result.shape == EsxResult::Shape::nothing)
        return "";
    if (call.formatter == "xml")
        return as_xml(result);
    if (call.formatter == "csv")
        return as_csv(result);
    if (call.formatter == "keyvalue")
        return as_keyvalue(result);
    return call.formatter == "json" ? as_json(result) : as_text(result);
}

bool is_formatter(const Call& call)
{
    static constexpr std::array<std::string_view, 4> open{"", "xml", "csv", "keyvalue"};
    return std::ranges::find(open, call.formatter) != open.end() || (call.debug && call.formatter == "json");
}

}  // namespace

// Messages of failures stand on standard output in 7.0 and on standard error in 8.0.
int esxcli(Host& host, Process& process)
{
    Call call;
    const auto* command = read_call(process.argv, call);
    if (call.error.empty() && !is_formatter(call))
        call.error = "Error: Invalid formatter " + call.formatter;
    EsxOutcome outcome{{}, call.error, false};
    bool to_err = false;
    do {
        if (outcome.not_yet && !process.shell.interrupt->sleep(std::chrono::milliseconds{20}))
            return 130;
        const auto hold = host.enter();
        to_err = host.is_8();
        if (!host.is_up())
            return 130;
        if (call.error.empty())
            outcome = command->run(host, call.options);
    } while (outcome.not_yet);
    if (outcome.error.empty()) {
        process.print(shown(call, outcome.result));
        return 0;
    }
    (to_err ? process.io.err : process.io.out)->write(outcome.error + "\n");
    return 1;
}

}  // namespace gpupass::sim
