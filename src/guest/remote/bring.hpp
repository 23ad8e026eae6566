#pragma once

#include "transport/machine.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpupass {

/// A query that brings a program (gzip-compressed) into a Linux machine with nothing but sh, mktemp, base64 and gzip, runs it
/// there with `words`, and leaves nothing behind: its file lies in a folder of its own until it runs, and is removed by the
/// program itself then (--remove-itself), or else by the script. When the connection breaks before all has come, nothing runs at
/// all. The answer's exit code is the program's; 125 when no folder lets it run, with the reason on standard error.
Query bring_and_run(std::string_view gzipped, const std::vector<std::string>& words);

}  // namespace gpupass
