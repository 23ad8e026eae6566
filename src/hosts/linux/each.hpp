#pragma once

#include "model/result.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace gpupass::linux_host {

/// One entry of a ReadEach answer. Views into the answer's text.
struct Entry {
    std::string_view name;
    std::vector<std::pair<std::string_view, std::string_view>> values;  // name; kind (`=`, `>` or `/`) and value
    bool answered{true};                                                // false: it did not answer in time

    /// The text of a file without blanks around it; "" when it is not there.
    std::string_view text(std::string_view file) const;
    /// The last component of a link's target; "" when there is none.
    std::string_view link(std::string_view file) const;
    /// The names in a folder.
    std::vector<std::string_view> names(std::string_view folder) const;
    bool has(std::string_view file) const { return !find(file).empty(); }

private:
    std::string_view find(std::string_view file) const;
};

/// Reads the answer of a ReadEach query (transport/machine.hpp tells its form). A line of another form is an error that
/// names it.
Result<std::vector<Entry>> parse_each(std::string_view text);

}  // namespace gpupass::linux_host
