#pragma once

#include <string>

namespace gpupass {

/// A log that fits into memory, and what it is called.
struct LogText {
    std::string source;
    std::string text;
};

}  // namespace gpupass
