#pragma once

#include "transport/machine.hpp"

#include <filesystem>

namespace gpupass {

/// File queries of this computer, below a root. With a root other than "/" no path and no symbolic link leads out of it.
class LocalFiles {
public:
    explicit LocalFiles(const std::filesystem::path& root) : root_{root.string()} {}

    Answer answer(const ReadFile& query, std::size_t limit) const;
    Answer answer(const ReadLink& query, std::size_t limit) const;
    Answer answer(const ListDir& query, std::size_t limit) const;
    Answer answer(const WriteFile& query, std::size_t limit) const;
    Answer answer(const FindOpen& query, std::size_t limit) const;

    /// A file descriptor, or -1 and errno. Allocates nothing.
    int open_at_root(const char* path, int flags) const;

private:
    std::string root_;
};

}  // namespace gpupass
