#include "hosts/linux/boot/modprobe.hpp"

#include "hosts/linux/boot/cmdline.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace gpupass::linux_host::boot {

namespace {

struct Joined {
    std::string text;
    std::size_t line{};
};

/// Puts lines together that a '\' continues, a comment too. To kmod a carriage return is a letter like others.
std::vector<Joined> commands_of(std::span<const Line> lines)
{
    std::vector<Joined> commands;
    bool continues = false;
    for (const Line& line : lines) {
        if (!continues)
            commands.push_back({{}, line.number});
        continues = line.text.ends_with('\\') && line.end == "\n";
        commands.back().text += line.text.substr(0, line.text.size() - (continues ? 1 : 0));
        if (line.end == "\r\n")
            commands.back().text += '\r';
    }
    return commands;
}

ModprobeKind kind_of(std::string_view word)
{
    for (const auto kind : {ModprobeKind::options, ModprobeKind::softdep, ModprobeKind::blacklist,
                            ModprobeKind::install, ModprobeKind::alias})
        if (to_string(kind) == word)
            return kind;
    return ModprobeKind::other;
}

std::vector<std::string> split(std::string_view text)
{
    std::vector<std::string> words;
    for (auto word = take_word(text); !word.empty(); word = take_word(text))
        words.emplace_back(word);
    return words;
}

/// Options are handed to the kernel, which minds double quotes. Where they make no sense, blanks must do.
std::vector<std::string> split_options(std::string_view text)
{
    const auto parsed = parse_cmdline(text);
    if (!parsed)
        return split(text);
    std::vector<std::string> words;
    for (const Word& word : *parsed)
        words.push_back(word.text);
    return words;
}

std::vector<std::string> words_of(ModprobeKind kind, std::string_view rest)
{
    if (rest.empty())
        return {};
    if (kind == ModprobeKind::options)
        return split_options(rest);
    return kind == ModprobeKind::install ? std::vector{std::string{rest}} : split(rest);
}

std::optional<ModprobeLine> parse_command(const Joined& command, const std::string& path)
{
    std::string_view rest = command.text;
    const auto name = take_word(rest);
    if (name.empty() || name.starts_with('#'))
        return std::nullopt;
    const auto module = take_word(rest);
    if (module.empty() || name == "\r")
        return std::nullopt;
    ModprobeLine line{kind_of(name), {path, command.line}, std::string{module}, {}};
    if (line.kind != ModprobeKind::alias)
        std::ranges::replace(line.module, '-', '_');
    line.words = words_of(line.kind, rest);
    return line;
}

}  // namespace

std::string to_string(ModprobeKind kind)
{
    constexpr std::array words = {"options", "softdep", "blacklist", "install", "alias", "other"};
    return words.at(static_cast<std::size_t>(kind));
}

Result<std::vector<ModprobeLine>> parse_modprobe(const File& file)
{
    const auto lines = split_lines(file.text);
    if (!lines)
        return at(lines.error(), file.path);
    std::vector<ModprobeLine> out;
    for (const Joined& command : commands_of(*lines))
        if (auto line = parse_command(command, file.path))
            out.push_back(std::move(*line));
    return out;
}

bool never_installs(const ModprobeLine& line)
{
    if (line.kind != ModprobeKind::install || line.words.empty())
        return false;
    std::string_view rest = line.words.front();
    std::string_view program = take_word(rest);
    program.remove_prefix(program.find_last_of('/') == std::string_view::npos ? 0 : program.find_last_of('/') + 1);
    return program == "false" || program == "true" || program == ":";
}

}  // namespace gpupass::linux_host::boot
