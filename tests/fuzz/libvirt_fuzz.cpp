#include "transport/libvirt.hpp"

#include <cstdint>
#include <cstdlib>

// Domains that are accepted must survive being written and read again.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto domains = gpupass::parse_domains({reinterpret_cast<const char*>(data), size});
    if (!domains)
        return 0;
    const auto again = gpupass::parse_domains(gpupass::to_text(*domains));
    if (!again || *again != *domains)
        std::abort();
    return 0;
}
