#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/grub.hpp"
#include "hosts/linux/boot/shell.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

namespace gpupass::linux_host::boot {

namespace {

constexpr const char* by_hand = "change the line by hand, then run gpupass again";

std::unexpected<Error> blocked(std::size_t line, std::string what)
{
    return at(Error{ErrorKind::blocked, std::move(what), {}, by_hand}, fmt::format("line {}", line));
}

/// What a text alone makes of a variable.
Result<std::string> effective(std::string_view text, std::string_view variable)
{
    const File file{"", std::string{text}};
    const auto defaults = read_grub_defaults({&file, 1});
    if (!defaults)
        return std::unexpected(defaults.error());
    if (const auto value = defaults->value(variable))
        return *value;
    const auto concerns = [&](const GrubUnclear& u) {
        return !defaults->is_understood || u.why.starts_with(std::string{variable} + ":");
    };
    const auto reason = std::ranges::find_if(defaults->unclear, concerns);
    return reason == defaults->unclear.end() ? blocked(0, "not understood")
                                             : blocked(reason->place.line, "not understood: " + reason->why);
}

/// The value as written, without its quotes: what words can be put into and taken out of.
Result<std::string_view> raw_value(std::string_view text, const ShellStatement& statement)
{
    std::string_view raw = text.substr(statement.value_begin, statement.value_size);
    const bool is_bare = statement.quotes == ShellQuotes::none;
    if (statement.quotes == ShellQuotes::mixed)
        return blocked(statement.line, statement.name + ": the value is put together of several pieces");
    if (raw.contains('\n') || (is_bare && raw.find_first_of("\\#") != std::string_view::npos))
        return blocked(statement.line, statement.name + ": the value spans lines, or has escapes");
    return is_bare ? raw : raw.substr(1, raw.size() - 2);
}

/// The text with another value in the place of the statement's.
std::string with_value(std::string_view text, const ShellStatement& statement, std::string_view raw)
{
    const char quote = statement.quotes == ShellQuotes::one ? '\'' : '"';
    std::string out{text};
    return out.replace(statement.value_begin, statement.value_size, fmt::format("{0}{1}{0}", quote, raw));
}

Result<std::string> add_to(std::string_view text, const ShellStatement& statement, std::span<const std::string> words)
{
    const auto raw = raw_value(text, statement);
    if (!raw)
        return std::unexpected(raw.error());
    auto edited = add_words(*raw, words);
    if (!edited)
        return at(std::move(edited.error()), fmt::format("line {}", statement.line));
    // `NAME+=""` must not glue the word to the one before.
    if (statement.appends && raw->find_first_not_of(" \t") == std::string_view::npos)
        edited->insert(0, " ");
    return *edited == *raw ? std::string{text} : with_value(text, statement, *edited);
}

std::vector<ShellStatement> assignments(std::string_view text, std::string_view variable)
{
    auto statements = read_shell(text);
    std::erase_if(statements, [&](const ShellStatement& s) { return s.name != variable; });
    return statements;
}

/// The words that the variable does not have yet.
Result<std::vector<std::string>> missing(std::string_view value, std::span<const std::string> words)
{
    const auto there = parse_cmdline(value);
    if (!there)
        return std::unexpected(there.error());
    std::vector<std::string> out;
    for (const std::string& word : words)
        if (!has_word(*there, word))
            out.push_back(word);
    return out;
}

/// An edit is believed when reading the result says so.
Result<std::string> verified(Result<std::string> text, std::string_view variable, std::span<const std::string> words,
                             bool wanted)
{
    if (!text)
        return text;
    const auto value = effective(*text, variable);
    const auto there = value ? parse_cmdline(*value) : std::unexpected(value.error());
    if (!there)
        return std::unexpected(there.error());
    for (const std::string& word : words)
        if (has_word(*there, word) != wanted)
            return fail(
                ErrorKind::blocked,
                fmt::format("{} cannot be {} {} in one place", word, wanted ? "added to" : "taken out of", variable),
                by_hand);
    return text;
}

}  // namespace

Result<std::string> add_grub_words(std::string_view text, std::string_view variable, std::span<const std::string> words)
{
    const auto value = effective(text, variable);
    const auto needed = value ? missing(*value, words) : std::unexpected(value.error());
    if (!needed || needed->empty())
        return needed ? Result<std::string>{text} : std::unexpected(needed.error());
    const auto places = assignments(text, variable);
    if (!places.empty())
        return verified(add_to(text, places.back(), *needed), variable, words, true);
    const auto joined = add_words("", *needed);
    if (!joined)
        return joined;
    return verified(with_line(text, fmt::format("{}=\"{}\"", variable, *joined)), variable, words, true);
}

Result<std::string> remove_grub_words(std::string_view text, std::string_view variable,
                                      std::span<const std::string> words)
{
    if (const auto value = effective(text, variable); !value)
        return std::unexpected(value.error());
    std::string out{text};
    for (const ShellStatement& statement : assignments(text, variable) | std::views::reverse) {
        // What cannot be edited may be harmless: replaced further down, or without the words. Reading the result tells.
        const auto raw = raw_value(text, statement);
        const auto edited = raw ? remove_words(*raw, words) : std::unexpected(raw.error());
        if (edited && *edited != *raw)
            out = with_value(out, statement, *edited);
    }
    return verified(std::move(out), variable, words, false);
}

}  // namespace gpupass::linux_host::boot
