#include "hosts/linux/pci.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// What a Linux machine says of its PCI functions and of its way to the network: read, and judged.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace gpupass;
    using namespace gpupass::linux_host;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    auto facts = parse_pci(text);
    const auto interfaces = network_interfaces(text);
    const auto route = default_route(text);
    if (!facts)
        return 0;
    mark_vital(facts->devices, interfaces, route);
    for (const PciDevice& device : facts->devices)
        for (const PciAddress& other : device.group)
            if (other == device.address)
                std::abort();
    return 0;
}
