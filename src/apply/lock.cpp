#include "apply/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gpupass {

namespace {

/// A UUID from a host becomes a file name: only what cannot mean anything else in a path.
std::string file_name(const std::string& uuid)
{
    std::string name;
    for (const char c : uuid) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        name += plain ? c : '_';
    }
    return name.substr(0, 100) + ".lock";
}

std::string read_note(int file)
{
    char buffer[300];
    const ssize_t size = pread(file, buffer, sizeof buffer, 0);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : "another process";
}

void write_note(int file, const std::string& who)
{
    const std::string note = "process " + std::to_string(getpid()) + ", " + who;
    if (ftruncate(file, 0) == 0)
        (void)!pwrite(file, note.data(), note.size(), 0);
}

}  // namespace

Result<HostLock> HostLock::take(const std::filesystem::path& state_folder, const std::string& host_uuid, const std::string& who)
{
    std::error_code error;
    std::filesystem::create_directories(state_folder / "locks", error);
    const auto path = state_folder / "locks" / file_name(host_uuid);
    HostLock lock{open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (lock.file_ < 0)
        return fail(ErrorKind::failed, "cannot open " + path.string() + ": " + std::strerror(errno), "check the rights of the state folder");
    if (flock(lock.file_, LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorKind::busy, "another gpupass works on this host: " + read_note(lock.file_),
                    "wait until it ends; `gpupass status` shows its run");
    write_note(lock.file_, who);
    return lock;
}

HostLock& HostLock::operator=(HostLock&& other) noexcept
{
    std::swap(file_, other.file_);
    return *this;
}

HostLock::~HostLock()
{
    if (file_ >= 0)
        close(file_);
}

}  // namespace gpupass
