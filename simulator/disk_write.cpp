#include "disk.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

// What changes the files of a simulated machine.

namespace gpupass::sim {

namespace {

DiskResult<void> done(int result)
{
    if (result != 0)
        return std::unexpected{errno};
    return {};
}

bool write_all(int fd, std::string_view text)
{
    while (!text.empty()) {
        const auto count = ::write(fd, text.data(), text.size());
        if (count <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

DiskResult<void> Disk::write(std::string_view path, std::string_view text, int mode) const
{
    make_folders(path.substr(0, path.rfind('/')));
    const auto real = locate(path);
    if (!real)
        return std::unexpected{real.error()};
    const std::string beside = *real + ".sim-new";
    const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode));
    if (fd < 0)
        return std::unexpected{errno};
    ::fchmod(fd, static_cast<mode_t>(mode));
    const bool written = write_all(fd, text);
    ::close(fd);
    if (!written)
        return std::unexpected{EIO};
    return done(::rename(beside.c_str(), real->c_str()));
}

DiskResult<void> Disk::append(std::string_view path, std::string_view text) const
{
    const auto fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (!fd)
        return std::unexpected{fd.error()};
    const bool written = write_all(*fd, text);
    ::close(*fd);
    return done(written ? 0 : -1);
}

DiskResult<void> Disk::rename(std::string_view from, std::string_view to) const
{
    const auto source = locate(from, Last::keep);
    const auto target = locate(to, Last::keep);
    if (!source || !target)
        return std::unexpected{source ? target.error() : source.error()};
    return done(::rename(source->c_str(), target->c_str()));
}

DiskResult<void> Disk::remove(std::string_view path) const
{
    const auto real = locate(path, Last::keep);
    if (!real)
        return std::unexpected{real.error()};
    return done(::remove(real->c_str()));
}

void Disk::remove_tree(std::string_view path) const
{
    std::error_code ignored;
    if (const auto real = locate(path, Last::keep); real && *real != root_ + "/")
        std::filesystem::remove_all(*real, ignored);
}

DiskResult<void> Disk::make_folder(std::string_view path, int mode) const
{
    const auto real = locate(path, Last::keep);
    if (!real)
        return std::unexpected{real.error()};
    if (::mkdir(real->c_str(), static_cast<mode_t>(mode)) != 0)
        return std::unexpected{errno};
    return done(::chmod(real->c_str(), static_cast<mode_t>(mode)));
}

void Disk::make_folders(std::string_view path) const
{
    for (auto end = path.find('/', 1); !path.empty(); end = path.find('/', end + 1)) {
        (void)make_folder(path.substr(0, end), 0755);
        if (end == path.npos)
            return;
    }
}

DiskResult<void> Disk::link(std::string_view target, std::string_view path) const
{
    const auto real = locate(path, Last::keep);
    if (!real)
        return std::unexpected{real.error()};
    return done(::symlink(std::string{target}.c_str(), real->c_str()));
}

DiskResult<void> Disk::change_mode(std::string_view path, int mode) const
{
    const auto real = locate(path);
    if (!real)
        return std::unexpected{real.error()};
    return done(::chmod(real->c_str(), static_cast<mode_t>(mode)));
}

bool Disk::is_full(std::string_view path) const
{
    const auto inside = walk(path, Last::follow);
    return datastore_full && inside && inside->starts_with("/vmfs/volumes/");
}

}  // namespace gpupass::sim
