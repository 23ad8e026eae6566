#pragma once

#include "transport/machine.hpp"

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace gpupass {

/// File queries of this computer, below a root. With a root other than "/" no path and no symbolic link leads out of it.
class LocalFiles {
public:
    explicit LocalFiles(const std::filesystem::path& root) : root_{root.string()} {}

    Answer answer(const ReadFile& query, std::size_t limit) const;
    Answer answer(const ReadLink& query, std::size_t limit) const;
    Answer answer(const ListDir& query, std::size_t limit) const;
    Answer answer(const Present& query, std::size_t limit) const;
    Answer answer(const WriteFile& query, std::size_t limit) const;
    Answer answer(const FindOpen& query, std::size_t limit) const;

    /// A file descriptor, or -1 and errno. Allocates nothing.
    int open_at_root(const char* path, int flags) const;

private:
    /// nullopt and errno: it is no folder, or cannot be read.
    std::optional<std::set<std::string>> names_in(const std::string& path) const;

    std::string root_;
};

}  // namespace gpupass
