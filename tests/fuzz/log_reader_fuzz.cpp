#include "diagnose/log_reader.hpp"
#include "rules/judge.hpp"

#include <cstdint>

// A log, an archive or what pretends to be one, in any encoding: read or refused.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    gpupass::TextSource source{{reinterpret_cast<const char*>(data), size}};
    const gpupass::RuleSet& rules = gpupass::RuleSet::builtin();
    if (auto read = gpupass::read_logs(rules, source, "fuzz"))
        gpupass::judge(rules, {std::move(read->logs), {{"context", "SR-IOV"}}, nullptr});
    return 0;
}
