#include "hosts/esxi/ssh/vim_cmd.hpp"
#include "hosts/esxi/ssh/vim_object.hpp"
#include "hosts/esxi/ssh/vm_list.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Everything vim-cmd prints, through every parser.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace gpupass::esxi;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    parse_vim_object(text);
    parse_licence(text);
    parse_autostart_sequence(text);
    parse_autostart_enabled(text);
    parse_host_summary(text);
    parse_vm_summary(text);
    parse_power_state(text);
    parse_message(text);
    parse_task_list(text);
    parse_task_info(text);
    path_of_file(text);
    const auto list = parse_vm_list(text);
    if (!list)
        return 0;
    // No row leads out of its datastore, and no two rows are one VM's.
    for (const VmRow& row : list->rows) {
        if (row.config_path().find("/../") != std::string::npos || row.datastore.find('/') != std::string::npos)
            std::abort();
        for (const VmRow& other : list->rows)
            if (&row != &other && (row.id == other.id || row.config_path() == other.config_path()))
                std::abort();
    }
    return 0;
}
