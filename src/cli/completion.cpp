#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

#include <fmt/format.h>

#include <ostream>

// The scripts are made from the option table itself, so that they know every command and option there is.

namespace gpupass::cli {

namespace {

std::string names_of(const std::vector<Word>& words)
{
    std::string names;
    for (const Word& word : words)
        names += word.name + " ";
    return names;
}

std::string commands_of(const std::vector<CommandWords>& all)
{
    std::string names;
    for (const CommandWords& words : all)
        names += words.command.name.empty() ? "" : words.command.name + " ";
    return names;
}

std::string bash_script(const std::vector<CommandWords>& all)
{
    std::string cases;
    for (const CommandWords& words : all)
        if (!words.command.name.empty())
            cases += fmt::format("        {}) words+=\" {}\" ;;\n", words.command.name, names_of(words.options));
    return fmt::format(R"(# bash completion of gpupass
_gpupass() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" words="{}" command="" word
    case "$previous" in
        --identity|--known-hosts|--password-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
        completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
    esac
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case " {}" in *" $word "*) command="$word"; break ;; esac
    done
    case "$command" in
        "") words+=" {}" ;;
{}    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _gpupass gpupass
)",
                       names_of(all.front().options), commands_of(all), commands_of(all), cases);
}

/// In single quotes for zsh and fish; our own help texts hold none, and colons would end a zsh description.
std::string plain(std::string text)
{
    std::erase(text, '\'');
    for (char& c : text)
        c = c == ':' || c == '[' || c == ']' ? ' ' : c;
    return text;
}

std::string zsh_options(const std::vector<Word>& options)
{
    std::string text;
    for (const Word& word : options)
        text += fmt::format(" '*{}[{}]{}'", word.name, plain(word.help), word.takes_value ? ":value:_default" : "");
    return text;
}

std::string zsh_script(const std::vector<CommandWords>& all)
{
    std::string commands;
    std::string cases;
    for (const CommandWords& words : all) {
        if (words.command.name.empty())
            continue;
        commands += fmt::format("        '{}:{}'\n", words.command.name, plain(words.command.help));
        cases += fmt::format("        {}) _arguments $globals{} '*:value:_default' ;;\n", words.command.name,
                             zsh_options(words.options));
    }
    return fmt::format(R"(#compdef gpupass
_gpupass() {{
    local -a commands globals
    commands=(
{}    )
    globals=({})
    local command="${{words[(r)({})]}}"
    case "$command" in
{}        *) _arguments $globals '1:command:{{_describe command commands}}' ;;
    esac
}}
compdef _gpupass gpupass
)",
                       commands, zsh_options(all.front().options),
                       [&] {
                           std::string names = commands_of(all);
                           names.pop_back();
                           for (char& c : names)
                               c = c == ' ' ? '|' : c;
                           return names;
                       }(),
                       cases);
}

std::string fish_option(const Word& word, const std::string& condition)
{
    return fmt::format("complete -c gpupass{} -l {} -d '{}'{}\n", condition, word.name.substr(2), plain(word.help),
                       word.takes_value ? " -r" : "");
}

std::string fish_script(const std::vector<CommandWords>& all)
{
    std::string text = "# fish completion of gpupass\ncomplete -c gpupass -f\n";
    for (const CommandWords& words : all) {
        const std::string& name = words.command.name;
        const std::string condition = name.empty() ? "" : fmt::format(" -n '__fish_seen_subcommand_from {}'", name);
        if (!name.empty())
            text += fmt::format("complete -c gpupass -n __fish_use_subcommand -a {} -d '{}'\n", name,
                                plain(words.command.help));
        for (const Word& option : words.options)
            text += fish_option(option, condition);
    }
    return text + "complete -c gpupass -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n";
}

}  // namespace

Result<int> completion(Context& context)
{
    const std::string& shell = context.options.shell;
    const auto script = shell == "bash"   ? bash_script
                        : shell == "zsh"  ? zsh_script
                        : shell == "fish" ? fish_script
                                          : nullptr;
    if (!script)
        return fail(ErrorKind::usage, fmt::format("no completion for the shell `{}`", shell),
                    "there is bash, zsh and fish");
    context.around.out << script(all_words());
    return exit_done;
}

}  // namespace gpupass::cli
