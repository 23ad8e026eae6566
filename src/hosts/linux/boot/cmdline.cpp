#include "hosts/linux/boot/cmdline.hpp"

#include "model/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpupass::linux_host::boot {

namespace {

constexpr std::string_view blanks = " \t\n\v\f\r";
constexpr std::size_t longest_line = 16 * 1024;  // kernels take 2 to 4 KiB

/// Length of the word at the front of `text`; nullopt when a quote is never closed.
std::optional<std::size_t> word_length(std::string_view text)
{
    bool quoted = false;
    std::size_t i = 0;
    for (; i < text.size() && (quoted || !blanks.contains(text[i])); ++i)
        if (text[i] == '"')
            quoted = !quoted;
    return quoted ? std::nullopt : std::optional{i};
}

std::string unquoted(std::string_view text)
{
    if (!text.starts_with('"'))
        return std::string{text};
    text.remove_prefix(1);
    return std::string{text.ends_with('"') ? text.substr(0, text.size() - 1) : text};
}

/// Quotes may stand around the whole word or around its value.
Word make_word(std::string_view text, std::size_t begin)
{
    Word word{.text = std::string{text}, .name = {}, .value = {}, .begin = begin};
    const std::string whole = unquoted(text);
    const auto sign = whole.find('=', 1);
    word.name = whole.substr(0, sign);
    if (sign != std::string::npos)
        word.value = unquoted(std::string_view{whole}.substr(sign + 1));
    return word;
}

bool is_same_name(std::string_view a, std::string_view b)
{
    const auto plain = [](char c) { return c == '-' ? '_' : c; };
    return std::ranges::equal(a, b, {}, plain, plain);
}

/// Behind the last word for the kernel; 0 when there is none.
std::size_t end_of_kernel_words(std::span<const Word> words)
{
    std::size_t end = 0;
    for (const Word& word : words)
        if (!word.is_for_init)
            end = word.begin + word.text.size();
    return end;
}

/// The options of a parameter that takes several: `intel_iommu=on,igfx_off`.
std::vector<std::string> options_of(std::span<const Word> words, std::string_view name)
{
    std::vector<std::string> options;
    for (const std::string& value : values_of(words, name))
        for (std::size_t begin = 0; begin <= value.size();) {
            const auto end = std::min(value.find(',', begin), value.size());
            options.push_back(value.substr(begin, end - begin));
            begin = end + 1;
        }
    return options;
}

Switch last_switch(std::span<const std::string> options)
{
    Switch state = Switch::absent;
    for (const std::string& option : options)
        state = option == "on" ? Switch::on : option == "off" ? Switch::off : state;
    return state;
}

bool has(std::span<const std::string> options, std::string_view option)
{
    return std::ranges::find(options, option) != options.end();
}

/// pt, nopt and passthrough take turns: the last one counts.
bool wants_passthrough(std::span<const Word> words)
{
    bool pt = false;
    for (const Word& word : words) {
        const std::string value = "," + word.value.value_or("") + ",";
        if (word.is_for_init || (word.name != "iommu" && word.name != "iommu.passthrough"))
            continue;
        if (value.contains(",pt,") || (word.name != "iommu" && (value == ",1," || value == ",on," || value == ",y,")))
            pt = true;
        if (value.contains(",nopt,") ||
            (word.name != "iommu" && (value == ",0," || value == ",off," || value == ",n,")))
            pt = false;
    }
    return pt;
}

}  // namespace

Result<std::vector<Word>> parse_cmdline(std::string_view text)
{
    if (text.size() > longest_line)
        return fail(ErrorKind::parse, fmt::format("the kernel command line has {} bytes", text.size()));
    std::vector<Word> words;
    for (std::size_t begin = 0; (begin = text.find_first_not_of(blanks, begin)) != std::string_view::npos;) {
        const auto length = word_length(text.substr(begin));
        if (!length)
            return fail(ErrorKind::parse,
                        "a quote of the kernel command line is never closed: " + printable(text.substr(begin), 60));
        words.push_back(make_word(text.substr(begin, *length), begin));
        words.back().is_for_init =
            words.back().text == "--" || (words.size() > 1 && words[words.size() - 2].is_for_init);
        begin += *length;
    }
    return words;
}

std::vector<std::string> values_of(std::span<const Word> words, std::string_view name)
{
    std::vector<std::string> values;
    for (const Word& word : words)
        if (!word.is_for_init && is_same_name(word.name, name))
            values.push_back(word.value.value_or(""));
    return values;
}

bool has_word(std::span<const Word> words, std::string_view word)
{
    return std::ranges::any_of(words, [&](const Word& w) { return !w.is_for_init && w.text == word; });
}

Result<void> check_word(std::string_view word)
{
    constexpr std::string_view allowed = "_.,:=+/@%-!";
    const auto is_good = [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || allowed.contains(c);
    };
    if (word.empty() || word.size() > 512 || word == "--" || word.starts_with('=') ||
        !std::ranges::all_of(word, is_good))
        return fail(ErrorKind::usage, "not a word that can be put on a kernel command line: " + printable(word, 60));
    return {};
}

Result<std::string> add_words(std::string_view line, std::span<const std::string> words)
{
    std::string out{line};
    for (const std::string& word : words) {
        if (const auto good = check_word(word); !good)
            return std::unexpected(good.error());
        const auto there = parse_cmdline(out);
        if (!there)
            return std::unexpected(there.error());
        if (has_word(*there, word))
            continue;
        const std::size_t end = end_of_kernel_words(*there);
        out.insert(end, end > 0 ? " " + word : out.empty() ? word : word + " ");
    }
    return out;
}

Result<std::string> remove_words(std::string_view line, std::span<const std::string> words)
{
    auto there = parse_cmdline(line);
    if (!there)
        return std::unexpected(there.error());
    std::string out{line};
    std::ranges::reverse(*there);  // from the end, so that the places before stay true
    for (const Word& word : *there) {
        if (word.is_for_init || !has(words, word.text))
            continue;
        const bool first = word.begin == 0;
        const std::size_t size = word.text.size() + (first && word.text.size() == out.size() ? 0 : 1);
        out.erase(first ? 0 : word.begin - 1, size);
    }
    return out;
}

IommuWords read_iommu_words(std::span<const Word> words)
{
    const auto intel = options_of(words, "intel_iommu");
    const auto amd = options_of(words, "amd_iommu");
    const auto all = options_of(words, "iommu");
    return {.intel = last_switch(intel),
            .igfx_off = has(intel, "igfx_off"),
            .amd = last_switch(amd),
            .all_off = has(all, "off"),
            .pt = wants_passthrough(words),
            .intremap_off = has(options_of(words, "intremap"), "off") || !values_of(words, "nointremap").empty()};
}

}  // namespace gpupass::linux_host::boot
