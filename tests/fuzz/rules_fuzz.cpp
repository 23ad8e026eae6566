#include "rules/rules.hpp"

#include <cstdint>

// A rule file from anybody, and a log from anybody matched by its rules: refused or read, never a crash or a hang. The
// log is what follows the first NUL byte; without one, the built-in rules read the input as a log.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const std::size_t split = input.find('\0');
    if (split == input.npos) {
        const gpupass::LogText log{"log", std::string{input}};
        gpupass::match_rules(std::span{&log, 1});
        return 0;
    }
    const auto rules = gpupass::parse_rules(input.substr(0, split), "fuzz.yaml");
    if (!rules)
        return 0;
    const gpupass::LogText log{"log", std::string{input.substr(split + 1)}};
    gpupass::Matcher{*rules}.match(std::span{&log, 1}, nullptr);
    return 0;
}
