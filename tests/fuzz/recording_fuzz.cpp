#include "transport/recording.hpp"

#include <cstdint>
#include <cstdlib>

// A capture that is accepted must survive being written and read again, and redaction must not need a second pass.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto recording = gpupass::parse_recording({reinterpret_cast<const char*>(data), size});
    if (!recording)
        return 0;
    const auto again = gpupass::parse_recording(gpupass::to_text(*recording));
    if (!again || again->answers != recording->answers)
        std::abort();
    const auto once = gpupass::redact(*recording);
    if (gpupass::redact(once).answers != once.answers)
        std::abort();
    return 0;
}
