#include "transport/entry_reader.hpp"

#include "transport/fd.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <climits>
#include <cstring>

namespace gpupass {
namespace {

constexpr std::size_t longest_value = 4096;
constexpr int reading = O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;  // no O_NONBLOCK: who blocks shall be found out

bool is_plain(std::string_view name)
{
    return !name.empty() && name.front() != '.' && name.find_first_of("\t\n") == name.npos;
}

}  // namespace

void EntryReader::add(std::string_view text)
{
    full_ |= text.size() > rest().size();
    if (full_)
        return;
    std::memcpy(rest().data(), text.data(), text.size());
    size_ += text.size();
}

/// Below the entry's own descriptor, which is quickest; a name of several components might lead out of the root there.
int EntryReader::open_name(int entry, std::string_view path, const std::string& name) const
{
    if (!name.contains('/'))
        return openat(entry, name.c_str(), reading);
    std::array<char, PATH_MAX> whole{};
    if (path.size() + name.size() + 2 > whole.size())
        return -1;
    std::memcpy(whole.data(), path.data(), path.size());
    whole[path.size()] = '/';
    std::memcpy(whole.data() + path.size() + 1, name.data(), name.size());
    return files_.open_at_root(whole.data(), reading);
}

bool EntryReader::add_text(int file)
{
    const auto room = rest();
    if (room.size() < longest_value) {
        full_ = true;
        return false;
    }
    const auto got = read(file, room.data(), longest_value);
    if (got < 0)
        return false;
    auto text = room.first(static_cast<std::size_t>(got));
    if (!text.empty() && text.back() == '\n')
        text = text.first(text.size() - 1);
    std::ranges::replace(text, '\n', ';');
    size_ += text.size();
    return true;
}

bool EntryReader::add_link(int entry, const std::string& name)
{
    std::array<char, PATH_MAX> target{};
    const auto size = readlinkat(entry, name.c_str(), target.data(), target.size());
    const std::string_view text{target.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    if (size <= 0 || text.contains('\n'))
        return false;
    add(">");
    add(text);
    return true;
}

bool EntryReader::add_names(int folder)
{
    std::size_t used = 0, count = 0;
    while (true) {
        const auto got = getdents64(folder, desk_.raw.data() + used, desk_.raw.size() - used);
        if (got < 0)
            return false;  // a folder too large for the desk, too
        if (got == 0)
            break;
        for (const auto end = used + static_cast<std::size_t>(got); used < end;) {
            const char* record = desk_.raw.data() + used;
            unsigned short length{};
            std::memcpy(&length, record + offsetof(dirent64, d_reclen), sizeof length);
            const char* name = record + offsetof(dirent64, d_name);
            used += length;
            if (!is_plain(name))
                continue;
            if (count == desk_.names.size())
                return false;
            desk_.names[count++] = name;
        }
    }
    const auto names = std::span{desk_.names}.first(count);
    std::ranges::sort(names, [](const char* a, const char* b) { return std::strcmp(a, b) < 0; });
    std::string_view between = "/";
    for (const char* name : names) {
        add(between);
        add(name);
        between = ";";
    }
    if (names.empty())
        add("/");
    return true;
}

bool EntryReader::add_value(int entry, std::string_view path, const std::string& name)
{
    const Fd file{open_name(entry, path, name)};
    if (!file)
        return errno == ELOOP && add_link(entry, name);
    const auto before = size_;
    add("=");
    if (add_text(file.get()))
        return true;
    const int error = errno;
    size_ = before;
    return error == EISDIR && add_names(file.get());
}

bool EntryReader::add_entry(const std::string& path)
{
    const Fd entry{files_.open_at_root(path.c_str(), O_PATH | O_DIRECTORY)};
    const auto name_of_entry = std::string_view{path}.substr(path.find_last_of('/') + 1);
    if (!entry)
        return true;
    for (const auto& name : query_.names) {
        const auto before = size_;
        add(name_of_entry);
        add("\t");
        add(name);
        add("\t");
        if (add_value(entry.get(), path, name))
            add("\n");
        else
            size_ = before;
    }
    return !full_;
}

}  // namespace gpupass
