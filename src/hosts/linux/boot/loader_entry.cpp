#include "hosts/linux/boot/loader_entry.hpp"

#include "hosts/linux/boot/cmdline.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

namespace gpupass::linux_host::boot {

namespace {

struct Field {
    std::string_view key;    // "" for comments and empty lines
    std::string_view value;  // a view into the text, without blanks around it
    std::size_t line{};
};

Result<std::vector<Field>> read_fields(std::string_view text)
{
    const auto lines = split_lines(text);
    if (!lines)
        return std::unexpected(lines.error());
    std::vector<Field> fields;
    for (const Line& line : *lines) {
        std::string_view rest = line.text;
        const auto key = take_word(rest);
        fields.push_back({key.starts_with('#') ? "" : key, rest, line.number});
    }
    return fields;
}

bool is_options(const Field& field) { return field.key == "options" && !field.value.empty(); }

std::unexpected<Error> in_options(Error error, const Field& field)
{
    return at(std::move(error), fmt::format("options on line {}", field.line));
}

/// The options lines that have words for the kernel: a `--` ends them.
Result<std::vector<Field>> kernel_options(std::string_view text)
{
    const auto fields = read_fields(text);
    if (!fields)
        return std::unexpected(fields.error());
    std::vector<Field> out;
    for (const Field& field : *fields | std::views::filter(is_options)) {
        const auto words = parse_cmdline(field.value);
        if (!words)
            return in_options(words.error(), field);
        const bool is_all_for_init = !words->empty() && words->front().is_for_init;
        if (!words->empty() && (!is_all_for_init || out.empty()))
            out.push_back(field);
        if (std::ranges::any_of(*words, &Word::is_for_init))
            break;
    }
    // Together they must be a command line that is not too long.
    const auto all = parse_cmdline(parse_loader_entry(text)->cmdline());
    return all ? Result<std::vector<Field>>{std::move(out)} : std::unexpected(all.error());
}

/// The words that the kernel is not given yet.
Result<std::vector<std::string>> missing(std::string_view text, std::span<const std::string> words)
{
    const auto entry = parse_loader_entry(text);
    const auto there = entry ? parse_cmdline(entry->cmdline()) : std::unexpected(entry.error());
    if (!there)
        return std::unexpected(there.error());
    std::vector<std::string> out{words.begin(), words.end()};
    std::erase_if(out, [&](const std::string& word) { return has_word(*there, word); });
    return out;
}

/// `edited` is `text` up to this field at least: edits go from the end to the front.
std::string with_options(std::string_view edited, std::string_view text, const Field& field, std::string_view value)
{
    const auto begin = static_cast<std::size_t>(field.value.data() - text.data());
    return std::string{edited}.replace(begin, field.value.size(), value);
}

}  // namespace

std::string LoaderEntry::cmdline() const { return fmt::format("{}", fmt::join(options, " ")); }

Result<LoaderEntry> parse_loader_entry(std::string_view text)
{
    const auto fields = read_fields(text);
    if (!fields)
        return std::unexpected(fields.error());
    LoaderEntry entry;
    for (const auto& [key, value, line] : *fields)
        if (key == "title")
            entry.title = value;
        else if (key == "version")
            entry.version = value;
        else if (key == "linux" || key == "efi" || key == "uki")
            entry.kernel = value;
        else if (key == "initrd")
            entry.initrds.emplace_back(value);
        else if (key == "options")
            entry.options.emplace_back(value);
    return entry;
}

Result<std::string> add_entry_words(std::string_view text, std::span<const std::string> words)
{
    const auto fields = kernel_options(text);
    const auto needed = fields ? missing(text, words) : std::unexpected(fields.error());
    if (!needed || needed->empty())
        return needed ? Result<std::string>{text} : std::unexpected(needed.error());
    if (fields->empty()) {
        const auto value = add_words("", *needed);
        return value ? with_line(text, "options " + *value) : value;
    }
    const Field& field = fields->back();
    const auto value = add_words(field.value, *needed);
    if (!value)
        return in_options(value.error(), field);
    return with_options(text, text, field, *value);
}

Result<std::string> remove_entry_words(std::string_view text, std::span<const std::string> words)
{
    const auto fields = kernel_options(text);
    if (!fields)
        return std::unexpected(fields.error());
    std::string out{text};
    for (const Field& field : *fields | std::views::reverse) {
        const auto value = remove_words(field.value, words);
        if (!value)
            return in_options(value.error(), field);
        if (value->empty())
            out = without_line(out, field.line);
        else if (*value != field.value)
            out = with_options(out, text, field, *value);
    }
    return out;
}

Result<LoaderConf> parse_loader_conf(std::string_view text)
{
    const auto fields = read_fields(text);
    if (!fields)
        return std::unexpected(fields.error());
    LoaderConf conf;
    for (const auto& [key, value, line] : *fields)
        if (key == "default")
            conf.default_entry = value;
        else if (key == "timeout")
            conf.timeout = value;
        else if (key == "editor")
            conf.editor = value;
    return conf;
}

}  // namespace gpupass::linux_host::boot
