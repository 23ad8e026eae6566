#pragma once

#include "diagnose/archive.hpp"
#include "diagnose/chunk_queue.hpp"

#include <string>
#include <vector>

namespace gpupass {

/// Walks through an archive and pushes the logs in it into a queue, for another thread to search.
class Unpacking {
public:
    explicit Unpacking(ChunkQueue& queue) : queue_{queue} {}

    /// Ends early, without an error, when nobody reads the queue any more.
    Result<void> walk(ByteSource& packed, const std::string& name);
    /// What was left out, and why.
    std::vector<std::string> notes() const;
    /// The archive was refused for what it does, not for being damaged.
    bool is_refused() const { return refused_; }

private:
    Result<void> walk(ByteSource& packed, const std::string& name, int depth);
    Result<void> take(Archive& archive, const Archive::Entry& entry, const std::string& outer, int depth);
    Result<void> inner(ByteSource& packed, const std::string& name, int depth);
    Result<void> log(ByteSource& from, const std::string& name);
    Result<void> skip(ByteSource& from, const std::string& name);
    Result<void> check_size(const std::string& name);
    std::unexpected<Error> refuse(std::string what, const std::string& name);
    void note(std::string text);

    ChunkQueue& queue_;
    long long packed_{};
    long long unpacked_{};
    long entries_{};
    int layers_{};
    bool refused_{};
    bool stopped_{};
    std::vector<std::string> notes_;
    long more_notes_{};
};

}  // namespace gpupass
