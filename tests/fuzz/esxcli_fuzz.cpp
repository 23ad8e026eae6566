#include "hosts/esxi/ssh/esxcli.hpp"
#include "hosts/esxi/ssh/log_time.hpp"
#include "hosts/esxi/ssh/pci_list.hpp"
#include "hosts/esxi/text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Everything esxcli and the small tools of the shell print, through every parser.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace gpupass::esxi;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    parse_version(text);
    parse_platform(text);
    parse_uptime_us(text);
    parse_unix_time(text);
    parse_system_uuid(text);
    parse_maintenance(text);
    parse_kernel_option(text, "vga");
    parse_pcipassthru(text);
    parse_int_option(text, "/UserVars/ESXiShellTimeOut");
    parse_vm_processes(text);
    parse_uplinks(text);
    parse_chkconfig(text, "SSH");
    parse_bootbank(text);
    parse_passthru_map(text);
    lines_since(text, 1651300000);
    if (const auto records = parse_pci_list(text))
        devices_of(*records, std::nullopt);
    if (!is_utf8(as_utf8(text)) || !is_utf8(excerpt(text)))
        std::abort();
    return 0;
}
