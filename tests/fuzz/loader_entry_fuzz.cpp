#include "hosts/linux/boot/cmdline.hpp"
#include "hosts/linux/boot/kernel_cmdline.hpp"
#include "hosts/linux/boot/lines.hpp"
#include "hosts/linux/boot/loader_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// A loader entry, /etc/kernel/cmdline, and a bare command line from the same bytes: words that are added are given to the
// kernel, and come away without a trace.

namespace {

using namespace gpupass;
using namespace gpupass::linux_host::boot;

const std::vector<std::string> words = {"added.by.us=1", "added.too"};

void check(bool good)
{
    if (!good)
        std::abort();
}

bool gives_all(std::string_view cmdline)
{
    const auto parsed = parse_cmdline(cmdline);
    return parsed && has_word(*parsed, words[0]) && has_word(*parsed, words[1]);
}

void check_entry(std::string_view text)
{
    const auto edited = add_entry_words(text, words);
    if (!edited)
        return;
    check(gives_all(parse_loader_entry(*edited).value().cmdline()));
    check(add_entry_words(*edited, words) == edited);
    check(text.contains("added") || remove_entry_words(*edited, words) == text);
}

void check_kernel_cmdline(std::string_view text)
{
    const auto edited = add_kernel_cmdline_words(text, words);
    if (!edited)
        return;
    const auto line = parse_kernel_cmdline(*edited);
    check(line && gives_all(*line));
    // A line that was made for the words stays, empty.
    if (!text.contains("added") && !parse_kernel_cmdline(text).value().empty())
        check(remove_kernel_cmdline_words(*edited, words) == text);
}

void check_line(std::string_view text)
{
    const auto edited = add_words(text, words);
    if (!edited)
        return;
    check(gives_all(*edited));
    check(text.contains("added") || remove_words(*edited, words) == text);
}

void check_lines(std::string_view text)
{
    std::string again;
    for (const Line& line : split_lines(text).value())
        again.append(line.text).append(line.end);
    check(again == text);
    const std::string more = with_line(text, "added");
    check(without_line(more, split_lines(more).value().size()) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_entry(text);
    check_kernel_cmdline(text);
    check_line(text);
    check_lines(text);
    check(parse_loader_conf(text).has_value());
    return 0;
}
