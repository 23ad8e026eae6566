#include "hosts/esxi/ssh/vm_config.hpp"
#include "hosts/esxi/ssh/vmx.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// A .vmx or .vmsd: read, printed, edited. Printing gives the bytes back; what was appended comes away without a trace.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace gpupass;
    using namespace gpupass::esxi;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    VmxDocument document{text};
    if (document.text() != text)
        std::abort();
    Vm vm{.name = "vm"};
    read_vm_config(document, vm);
    Settings settings;
    add_vm_settings(document, vm.name, settings);
    parse_snapshots(text);

    if (!document.get("added.by.us")) {
        if (!document.set("added.by.us", "a|\"b\n") || document.get("added.by.us") != "a|\"b\n")
            std::abort();
        VmxDocument again{document.text()};
        if (!again.remove("ADDED.BY.US") || again.text() != text)
            std::abort();
    }
    for (const auto& entry : document.entries())
        if (document.set(entry.name, "changed") && document.get(entry.name) != "changed")
            std::abort();
    return 0;
}
