#pragma once

#include <atomic>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

// The root file system of a simulated machine, kept below a folder of the real one. Links are followed inside it:
// no path of the machine, however many ".." or links it has, leads out.

namespace gpupass::sim {

/// What went wrong is an errno value.
template <class T>
using DiskResult = std::expected<T, int>;

class Disk {
public:
    enum class Last { follow, keep };  // what to do with a link at the end of a path

    explicit Disk(std::filesystem::path root);

    /// The real path of an absolute path of the machine; the last name need not exist.
    DiskResult<std::string> locate(std::string_view path, Last last = Last::follow) const;
    /// The path in the machine that all its links lead to.
    DiskResult<std::string> canonical(std::string_view path) const;

    DiskResult<struct stat> status(std::string_view path, Last last = Last::follow) const;
    bool exists(std::string_view path) const { return status(path).has_value(); }
    bool is_folder(std::string_view path) const;
    DiskResult<std::string> read(std::string_view path) const;
    DiskResult<std::string> read_link(std::string_view path) const;
    DiskResult<std::vector<std::string>> list(std::string_view path) const;  // sorted, without . and ..

    /// A file descriptor; `flags` as for open(2).
    DiskResult<int> open(std::string_view path, int flags, int mode) const;
    /// Replaces the file in one moment; folders on the way are made.
    DiskResult<void> write(std::string_view path, std::string_view text, int mode = 0644) const;
    DiskResult<void> append(std::string_view path, std::string_view text) const;
    DiskResult<void> rename(std::string_view from, std::string_view to) const;
    DiskResult<void> remove(std::string_view path) const;  // a file or an empty folder
    void remove_tree(std::string_view path) const;
    DiskResult<void> make_folder(std::string_view path, int mode) const;
    void make_folders(std::string_view path) const;
    DiskResult<void> link(std::string_view target, std::string_view path) const;
    DiskResult<void> change_mode(std::string_view path, int mode) const;

    /// The fault "disk full": nothing can be written below /vmfs/volumes.
    std::atomic<bool> datastore_full{};
    bool is_full(std::string_view path) const;

private:
    DiskResult<std::string> walk(std::string_view path, Last last) const;

    std::string root_;
};

}  // namespace gpupass::sim
