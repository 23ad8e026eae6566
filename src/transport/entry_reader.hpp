#pragma once

#include "transport/local_files.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace gpupass {

/// Reads entries of ReadEach into a text of bounded size. For a child made by fork(): allocates nothing, takes no lock.
class EntryReader {
public:
    /// Where folders are read and sorted. Too large for a stack.
    struct Desk {
        std::array<char, 1u << 20> raw;
        std::array<const char*, 16'384> names;
    };
    EntryReader(const LocalFiles& files, const ReadEach& query, std::span<char> room, Desk& desk)
        : files_{files}, query_{query}, room_{room}, desk_{desk}
    {
    }

    /// Adds the lines of one entry. `path`: folder and entry. False: there was no room for them.
    bool add_entry(const std::string& path);
    std::size_t size() const { return size_; }

private:
    bool add_value(int entry, std::string_view path, const std::string& name);
    bool add_text(int file);
    bool add_link(int entry, const std::string& name);
    bool add_names(int folder);
    int open_name(int entry, std::string_view path, const std::string& name) const;
    void add(std::string_view text);
    std::span<char> rest() const { return room_.subspan(size_); }

    const LocalFiles& files_;
    const ReadEach& query_;
    std::span<char> room_;
    Desk& desk_;
    std::size_t size_{};
    bool full_{};
};

}  // namespace gpupass
