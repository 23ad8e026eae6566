#include "guest/remote/report.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto verdict = gpupass::parse_guest_report({reinterpret_cast<const char*>(data), size});
    if (!verdict || verdict->word != "working")
        return 0;
    // Whatever the report claims: no `working` without a computation, none with a failed check.
    bool computed = false;
    for (const gpupass::Check& check : verdict->checks) {
        computed = computed || gpupass::is_computation(check);
        if (check.result == "fail")
            std::abort();
    }
    if (!computed)
        std::abort();
    return 0;
}
