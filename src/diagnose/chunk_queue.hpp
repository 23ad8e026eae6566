#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

// From the thread that unpacks to the one that searches, so that neither waits for the other for long.

namespace gpupass {

struct Chunk {
    enum class Kind { begin, bytes, end };
    Kind kind{};
    std::string text;  // name of the log, or bytes of it
};

class ChunkQueue {
public:
    /// Waits while many are in the queue. False: nobody reads it any more.
    bool push(Chunk chunk)
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return chunks_.size() < most_ || closed_; });
        if (closed_)
            return false;
        chunks_.push_back(std::move(chunk));
        changed_.notify_all();
        return true;
    }
    /// False: the queue is empty and closed.
    bool pop(Chunk& chunk)
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return !chunks_.empty() || closed_; });
        if (chunks_.empty())
            return false;
        chunk = std::move(chunks_.front());
        chunks_.pop_front();
        changed_.notify_all();
        return true;
    }
    void close()
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        changed_.notify_all();
    }

private:
    static constexpr std::size_t most_ = 32;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Chunk> chunks_;
    bool closed_{};
};

}  // namespace gpupass
