#pragma once

#include "transport/fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

// Work on what may block in the kernel for good (an attribute of a device that does not answer): a thread could not be
// given up, as the program would not end before it, but a child can.

namespace gpupass {

/// Collects a child that ends within `patience`. False: it does not, and is left behind; init collects it after us.
bool reap(pid_t pid, std::chrono::milliseconds patience, int& status);

/// Zeroed memory that children share with us. Pages that nobody touches cost nothing.
class SharedMemory {
public:
    explicit SharedMemory(std::size_t size);
    ~SharedMemory();
    SharedMemory(SharedMemory&& other) noexcept : data_{std::exchange(other.data_, nullptr)}, size_{other.size_} {}
    SharedMemory& operator=(SharedMemory&& other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    SharedMemory(const SharedMemory&) = delete;
    void* data() const { return data_; }

private:
    void* data_;
    std::size_t size_;
};

/// A copy of this process that calls `work` and ends, with no file descriptor and no signal of ours. Another thread may hold
/// any lock at the moment of the copy, so the work allocates nothing: what it needs is made before, what it finds goes to
/// shared memory.
class Forked {
public:
    template <class Work>
    explicit Forked(const Work& work) : pid_{begin()}
    {
        if (pid_ == 0) {
            work();
            _exit(0);
        }
        watch();
    }
    /// Kills it if it runs. One that is blocked in the kernel is left behind.
    ~Forked();
    Forked(Forked&& other) noexcept
        : pid_{std::exchange(other.pid_, -1)}, handle_{std::move(other.handle_)}, ended_{other.ended_}
    {
    }
    Forked& operator=(Forked&& other) noexcept
    {
        std::swap(pid_, other.pid_);
        std::swap(handle_, other.handle_);
        std::swap(ended_, other.ended_);
        return *this;
    }
    Forked(const Forked&) = delete;

    /// False: there is no child, the system has no room for one.
    bool is_there() const { return pid_ > 0; }
    bool has_ended();
    /// Until one of them has ended, but no longer than `time`.
    static void wait_for_any(std::span<const Forked* const> children, std::chrono::milliseconds time);

private:
    static pid_t begin();
    void watch();

    pid_t pid_;
    Fd handle_;  // none before Linux 5.3
    bool ended_{};
};

}  // namespace gpupass
