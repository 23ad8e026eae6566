#include "transport/forked.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <thread>
#include <vector>

namespace gpupass {
namespace {

using namespace std::chrono_literals;

/// A child that is not blocked is gone within microseconds of its SIGKILL.
constexpr auto patience_with_the_killed = 50ms;

/// It must not keep a lock, a connection or the terminal of ours, should it outlive us.
void close_everything()
{
    if (syscall(SYS_close_range, 0u, ~0u, 0u) == 0)
        return;
    for (int fd = 0; fd < 1024; ++fd)
        close(fd);
}

}  // namespace

bool reap(pid_t pid, std::chrono::milliseconds patience, int& status)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
        const pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            return true;
        if (std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::sleep_for(1ms);
    }
}

SharedMemory::SharedMemory(std::size_t size)
    : data_{mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)}, size_{size}
{
    if (data_ == MAP_FAILED)
        throw std::bad_alloc{};
}

SharedMemory::~SharedMemory()
{
    if (data_)
        munmap(data_, size_);
}

pid_t Forked::begin()
{
    sigset_t all{}, before{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close_everything();
        return 0;
    }
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return pid;
}

void Forked::watch()
{
    const int error = errno;
    if (is_there())
        handle_ = Fd{static_cast<int>(syscall(SYS_pidfd_open, pid_, 0))};
    errno = error;
}

Forked::~Forked()
{
    if (!is_there() || has_ended())
        return;
    kill(pid_, SIGKILL);
    int status{};
    reap(pid_, patience_with_the_killed, status);
}

bool Forked::has_ended()
{
    int status{};
    ended_ = ended_ || reap(pid_, 0ms, status);
    return ended_;
}

void Forked::wait_for_any(std::span<const Forked* const> children, std::chrono::milliseconds time)
{
    std::vector<pollfd> polled;
    for (const Forked* child : children) {
        polled.push_back({child->handle_.get(), POLLIN, 0});
        if (!child->handle_)
            time = std::min<std::chrono::milliseconds>(time, 5ms);
    }
    poll(polled.data(), polled.size(), static_cast<int>(time.count()));
}

}  // namespace gpupass
