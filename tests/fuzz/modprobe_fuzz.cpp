#include "hosts/linux/boot/leftovers.hpp"
#include "hosts/linux/boot/modprobe.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

// A file of /etc/modprobe.d, and a kernel command line. Written out plainly, one command a line, the file says the same.

namespace {

using namespace gpupass::linux_host::boot;

void check(bool good)
{
    if (!good)
        std::abort();
}

std::string written(const ModprobeLine& line)
{
    std::string text = to_string(line.kind) + " " + line.module;
    for (const std::string& word : line.words)
        text += " " + word;
    return text + "\n";
}

void check_again(const std::vector<ModprobeLine>& lines)
{
    std::string text;
    for (const ModprobeLine& line : lines)
        text += written(line);
    // What a backslash at the end of a word would do to the next line, and what is cut away from what cannot be words.
    if (text.contains("\\\n") || text.find_first_of("\r\v\f") != std::string::npos)
        return;
    auto again = parse_modprobe({"f", text}).value();
    check(again.size() == lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        again[i].place = lines[i].place;
        check(again[i] == lines[i]);
    }
    check(modprobe_notes(again) == modprobe_notes(lines));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto lines = parse_modprobe({"f", text});
    if (size > 64 * 1024 || !lines)
        return 0;
    const std::size_t last = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    std::size_t line = 0;
    for (const ModprobeLine& found : *lines) {
        check(!found.module.empty() && found.place.line > line && found.place.line <= last);
        line = found.place.line;
    }
    check_again(*lines);
    if (const auto words = parse_cmdline(text))
        check(leftovers(*words).size() <= words->size());
    return 0;
}
