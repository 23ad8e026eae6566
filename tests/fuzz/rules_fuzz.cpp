#include "rules/pattern.hpp"
#include "rules/rules.hpp"

#include <cstdint>

// A rule file from anybody, and a log from anybody: refused or read, never a crash or a hang. What follows the first NUL
// byte is the log that the file's patterns are tried on; without one, the input is a log for the built-in rules.

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
    gpupass::MatchSpace space;
    for (const gpupass::Rule& rule : *rules)
        for (const std::string& text : rule.patterns)
            if (const auto pattern = gpupass::Pattern::compile(text))
                pattern->match(input.substr(split + 1), space);
    return 0;
}
