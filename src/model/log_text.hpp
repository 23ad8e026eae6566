#pragma once

#include <string>
#include <vector>

namespace gpupass {

/// A log that fits into memory, and what it is called.
struct LogText {
    std::string source;
    std::string text;
};

struct HostLogs {
    std::vector<LogText> texts;
    std::vector<std::string> unread;  // what could not be read, and why
};

}  // namespace gpupass
