#pragma once

#include "model/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpupass::esxi {

/// One leaf of what vim-cmd prints: `runtime.powerState` with "poweredOn". Members of a list are numbered: `0.key`.
struct VimLeaf {
    std::string path;
    std::optional<std::string> value;  // nullopt: <unset> or null
    long line{};
};

/// An object of vim-cmd, flattened in its order. Inner quotes are not escaped by vim-cmd, so it is read line by line;
/// what stands before the object (a heading) or after it is passed over.
struct VimObject {
    std::string type;  // "vim.vm.Summary"; "" when none is printed
    std::vector<VimLeaf> leaves;

    const VimLeaf* find(std::string_view path) const;
    /// The first value under that path; nullopt when absent, unset or null.
    std::optional<std::string> value(std::string_view path) const;
    /// Values of all leaves called `name` below `path` ("" = anywhere), in order.
    std::vector<std::string> values_named(std::string_view path, std::string_view name) const;
};

/// Nesting and size are bounded; an object that does not end is an error.
Result<VimObject> parse_vim_object(std::string_view text);

}  // namespace gpupass::esxi
