#include "cli/options.hpp"

#include "cli/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

// The only file that knows CLI11 (it compiles slowly).

namespace gpupass::cli {

namespace {

/// An option that may be repeated and takes one word each time, so that it never swallows the command.
void add_list(CLI::App& app, const char* name, std::vector<std::string>& values, const char* help, const char* type)
{
    app.add_option(name, values, help)->allow_extra_args(false)->type_name(type);
}

void add_text(CLI::App& app, const char* name, std::string& value, const char* help, const char* type)
{
    app.add_option(name, value, help)->type_name(type);
}

void add_globals(CLI::App& app, Options& o)
{
    add_list(app, "--host", o.hosts, "host to work on; may be repeated for inspect", "URI|NAME");
    app.add_flag("--all", o.all, "all hosts of hosts.yaml");
    app.add_flag("--json", o.json, "one JSON document on standard output");
    app.add_flag("--yes", o.yes, "answer every question with yes, the dark console included");
    add_text(app, "--identity", o.identity, "private key file for SSH", "FILE");
    add_text(app, "--known-hosts", o.known_hosts, "file with trusted host keys (of vsphere: hosts: with thumbprints of certificates)", "FILE");
    add_text(app, "--password-file", o.password_file, "file whose first line is the password", "FILE");
    add_list(app, "--accept", o.consents.accept, "take this neighbour along, or accept no-ssh-proof", "ADDRESS");
    add_list(app, "--power-off", o.consents.power_off, "this VM may be cut off when it cannot be asked", "VM");
    app.add_flag("--version", o.version, "print the version");
}

CLI::App& add_command(CLI::App& app, const char* name, const char* help)
{
    return *app.add_subcommand(name, help)->fallthrough();
}

/// Which hosts of a vCenter are meant.
void add_filters(CLI::App& command, Options& o)
{
    add_text(command, "--cluster", o.cluster, "of a vCenter: only hosts of this cluster", "NAME");
    command.add_option("--state", o.only_state, "of a vCenter: only hosts with a GPU in this state")->type_name("disabled|pending|active")->check(CLI::IsMember({"disabled", "pending", "active"}));
}

void add_fleet_options(CLI::App& command, Options& o)
{
    add_filters(command, o);
    command.add_option("--at-once", o.at_once, "of a vCenter: hosts changed at a time, never two of one cluster (default 1)")->type_name("N")->check(CLI::Range(1, 256));
    command.add_option("--stop-after", o.stop_after, "of a vCenter: failures after which no other host is begun (default 1)")->type_name("N")->check(CLI::Range(1, 100'000));
}

void add_change_commands(CLI::App& app, Options& o)
{
    CLI::App& attach = add_command(app, "attach", "give a GPU to a VM");
    attach.add_option("GPU", o.gpu, "PCI address, vendor:device, or auto")->required()->type_name("");
    attach.add_option("--vm", o.vm, "VM that gets it; on many hosts a pattern such as render-*")->required()->type_name("VM");
    attach.add_flag("--start", o.start, "the VM runs at the end");
    attach.add_flag("--persist", o.persist, "keep it over reboots (always so on ESXi)");
    attach.add_flag("--move", o.move, "take it from the VM that has it");
    add_text(attach, "--guest", o.guest, "how to reach the guest, to see the GPU work", "URI|tools:USER");
    attach.add_flag("--plan", o.plan, "show the plan and end");
    add_fleet_options(attach, o);

    CLI::App& detach = add_command(app, "detach", "give a GPU back to the host");
    detach.add_option("GPU", o.gpu, "PCI address, vendor:device, or auto")->required()->type_name("");
    detach.add_flag("--plan", o.plan, "show the plan and end");
    add_fleet_options(detach, o);

    CLI::App& resume = add_command(app, "resume", "go on with the run in flight");
    add_text(resume, "--guest", o.guest, "how to reach the guest, to see the GPU work", "URI|tools:USER");

    CLI::App& undo = add_command(app, "undo", "bring back the values before a run");
    undo.add_option("RUN", o.run, "number of the run (default: the host's last)")->type_name("");
    undo.add_flag("--plan", o.plan, "show the plan and end");
    undo.add_flag("--print", o.print, "print the rescue sheet and end");
}

void add_other_commands(CLI::App& app, Options& o)
{
    CLI::App& inspect = add_command(app, "inspect", "host, GPUs, VMs, and what is possible");
    inspect.add_flag("--csv", o.csv, "a line a GPU, for spreadsheets");
    add_filters(inspect, o);
    add_text(inspect, "--gpu", o.only_gpu, "of a vCenter: only hosts with this GPU", "VENDOR:DEVICE");
    add_command(app, "status", "the run in flight");
    add_command(app, "history", "what was done");
    CLI::App& verify = add_command(app, "verify", "does the GPU really compute in its guest");
    add_text(verify, "--vm", o.vm, "the VM that has it", "VM");
    verify.add_flag("--here", o.here, "this very system is the guest");
    add_text(verify, "--guest", o.guest, "how to reach the guest", "URI|tools:USER");
    add_text(verify, "--device", o.device, "the GPU as the guest sees it, where it has several", "ADDRESS|ID");
    verify.add_flag("--fast", o.fast, "computations without figures");
    verify.add_flag("--allow-software", o.allow_software, "compute on software renderers too");
    add_text(verify, "--html", o.html, "write the report as a page", "FILE");
    add_command(app, "capture", "record all that is read from a host, to standard output");
    CLI::App& diagnose = add_command(app, "diagnose", "what is wrong, from logs and facts");
    diagnose.add_option("FILE", o.files, "log files and archives of logs")->type_name("");
    add_list(diagnose, "--log", o.logs, "log file, plain or compressed; - is standard input; may be repeated", "FILE");
    add_list(diagnose, "--bundle", o.bundles, "archive of logs (vm-support, sosreport); may be repeated", "ARCHIVE");
    add_list(diagnose, "--fact", o.facts, "what you know: gpu=8086:9a49, side=guest-linux, context='...'", "KEY=VALUE");
    add_text(diagnose, "--rules", o.rules_folder, "folder with rules of your own", "FOLDER");
    CLI::App& explain = add_command(app, "explain", "one failure rule");
    explain.add_option("ID", o.rule, "id of the rule")->required()->type_name("");
    add_text(explain, "--rules", o.rules_folder, "folder with rules of your own", "FOLDER");
    CLI::App& rules = add_command(app, "rules", "all failure rules");
    rules.add_flag("--markdown", o.markdown, "as a page with causes and fixes");
    add_text(rules, "--rules", o.rules_folder, "folder with rules of your own", "FOLDER");
    add_command(app, "demo", "the whole story on a simulated NUC 11")
        .add_flag("--naive", o.naive, "do what the impatient do, and see why it fails");
    add_command(app, "completion", "print a completion script")
        .add_option("SHELL", o.shell, "bash, zsh or fish")
        ->required()
        ->type_name("");
}

void build(CLI::App& app, Options& o)
{
    app.name("gpupass");
    app.require_subcommand(0, 1);
    app.allow_extras();
    add_globals(app, o);
    add_other_commands(app, o);
    add_change_commands(app, o);
}

std::vector<std::string> command_names(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({}))
        names.push_back(command->get_name());
    return names;
}

std::vector<std::string> option_names(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
    return names;
}

std::string joined(const std::vector<std::string>& words)
{
    return fmt::format("{}", fmt::join(words, ", "));
}

/// Words of the contract that have no command yet: no typing error.
constexpr std::string_view planned[] = {"share", "display", "export", "apply", "assert", "serve"};

std::unexpected<Error> unknown_command(const CLI::App& app, const std::string& word)
{
    if (std::ranges::find(planned, word) != std::end(planned))
        return fail(ErrorKind::usage, fmt::format("`gpupass {}` is not there yet in this version", word), "commands are: " + joined(command_names(app)));
    const auto names = command_names(app);
    const auto near = nearest(word, names);
    return fail(ErrorKind::usage, fmt::format("unknown command `{}`", word),
                near ? fmt::format("did you mean `gpupass {}`?", *near) : "commands are: " + joined(names));
}

std::unexpected<Error> unknown_option(const CLI::App& app, const CLI::App& command, const std::string& word)
{
    auto names = option_names(app);
    std::ranges::copy(option_names(command), std::back_inserter(names));
    const auto near = nearest(word.substr(0, word.find('=')), names);
    const std::string help = fmt::format("see `gpupass {} --help`", command.get_name());
    return fail(ErrorKind::usage, fmt::format("{} does not know the option `{}`", command.get_name(), word),
                near ? fmt::format("did you mean `{}`?", *near) : help);
}

std::unexpected<Error> superfluous(const CLI::App& app, const CLI::App& command, const std::string& word)
{
    if (word.starts_with("-"))
        return unknown_option(app, command, word);
    return fail(ErrorKind::usage, fmt::format("{} has no use for `{}`", command.get_name(), word),
                fmt::format("see `gpupass {} --help`", command.get_name()));
}

/// Words that nothing took.
std::unexpected<Error> refuse_rest(const CLI::App& app, const std::vector<std::string>& rest)
{
    const auto chosen = app.get_subcommands();
    if (!chosen.empty())
        return superfluous(app, *chosen.front(), rest.front());
    const auto word = std::ranges::find_if(rest, [](const std::string& w) { return !w.starts_with("-"); });
    if (rest.front().starts_with("-") || word == rest.end())
        return unknown_option(app, app, rest.front());
    return unknown_command(app, *word);
}

Result<Options> checked(const CLI::App& app, Options options)
{
    const auto rest = app.remaining(true);
    if (!rest.empty())
        return refuse_rest(app, rest);
    const auto chosen = app.get_subcommands();
    if (!chosen.empty())
        options.command = chosen.front()->get_name();
    else if (!options.version)
        return fail(ErrorKind::usage, "no command was given", "commands are: " + joined(command_names(app)));
    if (options.run && *options.run <= 0)
        return fail(ErrorKind::usage, fmt::format("`{}` is not the number of a run", *options.run),
                    "`gpupass history` lists the runs");
    return options;
}

/// CLI11 begins its sentences with a capital; our errors do not. Names in capitals (GPU) stay.
std::string without_capital(std::string text)
{
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && is_lower(text[1]))
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

std::unexpected<Error> usage_error(const CLI::App& app, const CLI::ParseError& error)
{
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "gpupass" : "gpupass " + chosen.front()->get_name();
    return fail(ErrorKind::usage, without_capital(error.what()), fmt::format("see `{} --help`", name));
}

std::string help_of(const CLI::App& app)
{
    const auto chosen = app.get_subcommands();
    if (chosen.empty())
        return app.help();
    return chosen.front()->help("gpupass") + "\nGlobal options stand in `gpupass --help`.\n";
}

Word word_of(const CLI::Option& option)
{
    return {"--" + option.get_lnames().front(), option.get_description(), option.get_items_expected_max() > 0};
}

CommandWords words_of(const CLI::App& app, std::string name)
{
    CommandWords words{{std::move(name), app.get_description()}, {}};
    for (const CLI::Option* option : app.get_options())
        if (!option->get_lnames().empty())
            words.options.push_back(word_of(*option));
    return words;
}

}  // namespace

Result<Options> parse_options(std::span<const std::string> words)
{
    Options options;
    CLI::App app{"gpupass lends a GPU to a virtual machine and takes it back"};
    build(app, options);
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
        options.help = help_of(app);
        return options;
    } catch (const CLI::ParseError& error) {
        const auto rest = app.remaining(true);
        if (app.get_subcommands().empty() && !rest.empty())
            return refuse_rest(app, rest);
        return usage_error(app, error);
    }
    return checked(app, std::move(options));
}

std::vector<CommandWords> all_words()
{
    Options options;
    CLI::App app;
    build(app, options);
    std::vector<CommandWords> words{words_of(app, "")};
    for (const CLI::App* command : app.get_subcommands({}))
        words.push_back(words_of(*command, command->get_name()));
    return words;
}

}  // namespace gpupass::cli
