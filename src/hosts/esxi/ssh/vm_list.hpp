#pragma once

#include "model/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

struct VmRow {
    std::string id;
    std::string name;       // may hold anything, newlines too
    std::string datastore;  // "samsung_4t"
    std::string file;       // "dir/vm.vmx", below the datastore
    /// /vmfs/volumes/DATASTORE/FILE
    std::string config_path() const { return "/vmfs/volumes/" + datastore + "/" + file; }
};

struct VmList {
    std::vector<VmRow> rows;
    std::vector<std::string> refused;  // rows that could be read in two ways or in none, and VMs hostd calls invalid
};

/// `vim-cmd vmsvc/getallvms`. Names and annotations are the users' and may imitate other columns or whole rows: what can
/// be read in two ways is refused, never guessed.
Result<VmList> parse_vm_list(std::string_view text);

/// "[ds] dir/vm.vmx" to "/vmfs/volumes/ds/dir/vm.vmx"; "" for other texts.
std::string path_of_file(std::string_view file);

}  // namespace gpupass::esxi
