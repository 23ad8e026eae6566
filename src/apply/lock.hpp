#pragma once

#include "model/result.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace gpupass {

/// One gpupass a host on this computer: an flock on STATE_FOLDER/locks/UUID. The kernel frees it when we die.
class HostLock {
public:
    /// `busy` names who holds it (`who` of the holder, and its process id).
    static Result<HostLock> take(const std::filesystem::path& state_folder, const std::string& host_uuid,
                                 const std::string& who);
    HostLock(HostLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    HostLock& operator=(HostLock&& other) noexcept;
    ~HostLock();

private:
    explicit HostLock(int file) : file_(file) {}
    int file_;
};

}  // namespace gpupass
