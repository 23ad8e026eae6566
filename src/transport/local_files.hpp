#pragma once

#include "transport/machine.hpp"

#include <filesystem>

namespace gpupass {

/// File queries of this computer, below a root. With a root other than "/" no path and no symbolic link leads out of it.
class LocalFiles {
public:
    explicit LocalFiles(std::filesystem::path root) : root_{std::move(root)} {}

    Answer answer(const ReadFile& query, std::size_t limit) const;
    Answer answer(const ReadLink& query, std::size_t limit) const;
    Answer answer(const ListDir& query, std::size_t limit) const;
    Answer answer(const WriteFile& query, std::size_t limit) const;

private:
    /// A file descriptor, or -1 and errno.
    int open_at_root(const std::string& path, int flags) const;

    std::filesystem::path root_;
};

}  // namespace gpupass
