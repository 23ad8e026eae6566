#include "disk.hpp"

#include "text.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace gpupass::sim {

namespace {

std::unexpected<int> errno_now() { return std::unexpected{errno}; }

std::string target_of(const std::string& real)
{
    std::string target(PATH_MAX, '\0');
    const auto size = ::readlink(real.c_str(), target.data(), target.size());
    target.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return target;
}

void push_front(std::vector<std::string>& waiting, std::string_view path)
{
    auto names = split(path, '/');
    waiting.insert(waiting.end(), names.rbegin(), names.rend());
}

}  // namespace

Disk::Disk(std::filesystem::path root) : root_{root.string()} { std::filesystem::create_directories(root); }

// Walks name by name: `done` is what is resolved, `waiting` (a stack) what is left. Returns the path in the machine.
DiskResult<std::string> Disk::walk(std::string_view path, Last last) const
{
    if (path.empty())
        return std::unexpected{ENOENT};
    std::vector<std::string> waiting;
    push_front(waiting, path);
    std::string resolved;
    for (int links = 0; !waiting.empty();) {
        const std::string name = std::move(waiting.back());
        waiting.pop_back();
        if (name.empty() || name == ".")
            continue;
        if (name == "..") {
            resolved.resize(resolved.empty() ? 0 : resolved.rfind('/'));
            continue;
        }
        const std::string next = resolved + "/" + name;
        struct stat info{};
        const bool known = ::lstat((root_ + next).c_str(), &info) == 0;
        const bool is_last = std::ranges::all_of(waiting, [](const auto& rest) { return rest.empty(); });
        if (!known && !is_last)
            return std::unexpected{errno};
        if (known && S_ISLNK(info.st_mode) && !(is_last && last == Last::keep)) {
            if (++links > 40)
                return std::unexpected{ELOOP};
            const std::string target = target_of(root_ + next);
            if (target.starts_with('/'))
                resolved.clear();
            push_front(waiting, target);
            continue;
        }
        if (known && !is_last && !S_ISDIR(info.st_mode))
            return std::unexpected{ENOTDIR};
        resolved = next;
    }
    return resolved.empty() ? "/" : resolved;
}

DiskResult<std::string> Disk::locate(std::string_view path, Last last) const
{
    const auto inside = walk(path, last);
    if (!inside)
        return inside;
    return root_ + *inside;
}

DiskResult<std::string> Disk::canonical(std::string_view path) const
{
    auto inside = walk(path, Last::follow);
    if (inside && !status(path))
        return std::unexpected{ENOENT};
    return inside;
}

DiskResult<struct stat> Disk::status(std::string_view path, Last last) const
{
    const auto real = locate(path, last);
    if (!real)
        return std::unexpected{real.error()};
    struct stat info{};
    if (::lstat(real->c_str(), &info) != 0)
        return errno_now();
    return info;
}

bool Disk::is_folder(std::string_view path) const
{
    const auto info = status(path);
    return info && S_ISDIR(info->st_mode);
}

DiskResult<std::string> Disk::read(std::string_view path) const
{
    const auto fd = open(path, O_RDONLY, 0);
    if (!fd)
        return std::unexpected{fd.error()};
    std::string text;
    char buffer[65536];
    ssize_t count = 0;
    while ((count = ::read(*fd, buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<std::size_t>(count));
    const int error = errno;
    ::close(*fd);
    if (count < 0)
        return std::unexpected{error};
    return text;
}

DiskResult<std::string> Disk::read_link(std::string_view path) const
{
    const auto info = status(path, Last::keep);
    if (!info)
        return std::unexpected{info.error()};
    if (!S_ISLNK(info->st_mode))
        return std::unexpected{EINVAL};
    return target_of(*locate(path, Last::keep));
}

DiskResult<std::vector<std::string>> Disk::list(std::string_view path) const
{
    const auto real = locate(path);
    if (!real)
        return std::unexpected{real.error()};
    const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(real->c_str()), ::closedir};
    if (!folder)
        return errno_now();
    std::vector<std::string> names;
    while (const auto* entry = ::readdir(folder.get()))
        if (const std::string name = entry->d_name; name != "." && name != "..")
            names.push_back(name);
    std::ranges::sort(names);
    return names;
}

DiskResult<int> Disk::open(std::string_view path, int flags, int mode) const
{
    const auto real = locate(path);
    if (!real)
        return std::unexpected{real.error()};
    const bool is_new = (flags & O_CREAT) != 0 && ::access(real->c_str(), F_OK) != 0;
    const int fd = ::open(real->c_str(), flags | O_CLOEXEC | O_NOFOLLOW, static_cast<mode_t>(mode));
    if (fd < 0)
        return errno_now();
    if (is_new)
        ::fchmod(fd, static_cast<mode_t>(mode));  // our own umask is not the machine's
    return fd;
}

}  // namespace gpupass::sim
