#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

// calls.json: how often the machine was asked, for tests that count.

namespace gpupass::sim {

class Counters {
public:
    explicit Counters(const std::filesystem::path& file);
    ~Counters();
    Counters(const Counters&) = delete;
    Counters& operator=(const Counters&) = delete;
    /// connections, guest_connections, exec, esxcli, vim_cmd, and reboots that were asked for
    void count(const std::string& what);

private:
    void write();

    std::mutex mutex_;
    int fd_;
    std::map<std::string, long long> counts_;
};

}  // namespace gpupass::sim
