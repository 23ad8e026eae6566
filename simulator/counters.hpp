#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

// calls.json: how often the machine was asked, for tests that count.

namespace gpupass::sim {

class Counters {
public:
    explicit Counters(std::filesystem::path file);
    /// connections, guest_connections, exec, esxcli, vim_cmd, and reboots that were asked for
    void count(const std::string& what);

private:
    std::mutex mutex_;
    std::filesystem::path file_;
    std::map<std::string, long long> counts_;
};

}  // namespace gpupass::sim
