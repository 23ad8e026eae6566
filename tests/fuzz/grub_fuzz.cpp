#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/grub.hpp"
#include "hosts/linux/boot/shell.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// /etc/default/grub: read, edited, and edited back. What an edit says it did is what reading the file says; our words come
// away again, without a trace where the value had quotes and its line. A file that is not understood is not edited.

namespace {

using namespace gpupass::linux_host::boot;

const std::vector<std::string> words = {"added.by.us=1", "added.too"};

std::optional<std::string> value(std::string_view text)
{
    const File file{"f", std::string{text}};
    const auto defaults = read_grub_defaults({&file, 1});
    if (!defaults)
        std::abort();
    return defaults->value(grub_cmdline_default);
}

/// The only change that cannot be undone by taking words out: quotes around a bare value, or a new line.
bool has_quotes(std::string_view text)
{
    auto statements = read_shell(text);
    std::erase_if(statements, [](const ShellStatement& s) { return s.name != grub_cmdline_default; });
    return !statements.empty() && statements.back().quotes != ShellQuotes::none && !statements.back().appends;
}

void check_statements(std::string_view text)
{
    std::size_t end = 0;
    for (const ShellStatement& statement : read_shell(text)) {
        if (statement.name.empty())
            continue;
        if (statement.value_begin < end || statement.value_begin + statement.value_size > text.size())
            std::abort();
        end = statement.value_begin + statement.value_size;
    }
}

void check_edit(const std::string& text)
{
    const auto before = value(text);
    const auto edited = add_grub_words(text, grub_cmdline_default, words);
    if (!edited)
        return;
    if (!before)
        std::abort();
    const auto after = parse_cmdline(value(*edited).value());
    if (!after || !has_word(*after, words[0]) || !has_word(*after, words[1]))
        std::abort();
    const auto back = remove_grub_words(*edited, grub_cmdline_default, words);
    if (text.contains("added"))
        return;
    if (!back || (has_quotes(text) && *back != text))
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    check_statements(text);
    check_edit(text);
    return 0;
}
