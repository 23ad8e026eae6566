#include "applets.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

// cp, mv, rm, mkdir, chmod, touch, ln: programs that change files.

namespace gpupass::sim {

namespace {

std::string base_name(const std::string& path)
{
    const auto end = path.find_last_not_of('/');
    const auto whole = path.substr(0, end == std::string::npos ? 0 : end + 1);
    return whole.substr(whole.rfind('/') + 1);
}

std::string final_target(const Process& process, const std::string& source, const std::string& target)
{
    const auto path = process.shell.path(target);
    return process.shell.disk().is_folder(path) ? path + "/" + base_name(source) : path;
}

int copy_file(Process& process, const std::string& source, const std::string& target, bool keep_mode)
{
    const auto& disk = process.shell.disk();
    const auto from = process.shell.path(source);
    const auto info = disk.status(from);
    if (!info)
        return process.fail(fmt::format("cp: can't stat '{}': {}", source, std::strerror(info.error())));
    const auto text = disk.read(from);
    if (!text)
        return process.fail(fmt::format("cp: can't open '{}': {}", source, std::strerror(text.error())));
    const auto to = final_target(process, source, target);
    const int mode = static_cast<int>(info->st_mode & 07777);
    const auto fd = disk.open(to, O_WRONLY | O_CREAT | O_TRUNC, keep_mode ? mode : mode & ~process.shell.umask);
    if (!fd)
        return process.fail(fmt::format("cp: can't create '{}': {}", to, std::strerror(fd.error())));
    const struct timespec times[2]{info->st_atim, info->st_mtim};
    const bool written = FileOutput{::dup(*fd), disk.is_full(to)}.write(*text);
    if (keep_mode) {
        ::fchmod(*fd, static_cast<mode_t>(mode));
        ::futimens(*fd, times);
    }
    ::close(*fd);
    return written ? 0 : process.fail("cp: write error: No space left on device");
}

int cp(Process& process)
{
    const auto arguments = parse_arguments(process, "pfad");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    if (arguments.rest.size() < 2)
        return process.fail("Usage: cp [OPTIONS] SOURCE... DEST");
    int status = 0;
    for (std::size_t i = 0; i + 1 < arguments.rest.size(); ++i)
        status |=
            copy_file(process, arguments.rest[i], arguments.rest.back(), arguments.has('p') || arguments.has('a'));
    return status;
}

int mv(Process& process)
{
    const auto arguments = parse_arguments(process, "fin");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    if (arguments.rest.size() < 2)
        return process.fail("Usage: mv [-fin] SOURCE... DEST");
    int status = 0;
    for (std::size_t i = 0; i + 1 < arguments.rest.size(); ++i) {
        const auto& source = arguments.rest[i];
        const auto to = final_target(process, source, arguments.rest.back());
        if (arguments.has('n') && process.shell.disk().exists(to))
            continue;
        if (const auto moved = process.shell.disk().rename(process.shell.path(source), to); !moved)
            status = process.fail(fmt::format("mv: can't rename '{}': {}", source, std::strerror(moved.error())));
    }
    return status;
}

int rm(Process& process)
{
    const auto arguments = parse_arguments(process, "rRfi");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    const auto& disk = process.shell.disk();
    int status = 0;
    for (const auto& name : arguments.rest) {
        const auto path = process.shell.path(name);
        const auto info = disk.status(path, Disk::Last::keep);
        if (!info && arguments.has('f'))
            continue;
        if (info && S_ISDIR(info->st_mode) && !arguments.has('r') && !arguments.has('R'))
            status = process.fail(fmt::format("rm: '{}' is a directory", name));
        else if (info && S_ISDIR(info->st_mode))
            disk.remove_tree(path);
        else if (const auto gone = disk.remove(path); !gone)
            status = process.fail(fmt::format("rm: can't remove '{}': {}", name, std::strerror(gone.error())));
    }
    return status;
}

int mkdir(Process& process)
{
    const auto arguments = parse_arguments(process, "p", "m");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    int status = 0;
    for (const auto& name : arguments.rest) {
        const auto path = process.shell.path(name);
        if (arguments.has('p') && process.shell.disk().is_folder(path))
            continue;
        if (arguments.has('p'))
            process.shell.disk().make_folders(path.substr(0, path.rfind('/')));
        if (const auto made = process.shell.disk().make_folder(path, 0777 & ~process.shell.umask); !made)
            status =
                process.fail(fmt::format("mkdir: can't create directory '{}': {}", name, std::strerror(made.error())));
    }
    return status;
}

int rmdir(Process& process)
{
    int status = 0;
    for (std::size_t i = 1; i < process.argv.size(); ++i)
        if (const auto gone = process.shell.disk().remove(process.shell.path(process.argv[i])); !gone)
            status = process.fail(fmt::format("rmdir: '{}': {}", process.argv[i], std::strerror(gone.error())));
    return status;
}

// u+w,go-rwx and the like, or octal digits.
std::optional<int> new_mode(const std::string& wanted, int mode)
{
    char* end = nullptr;
    const long octal = std::strtol(wanted.c_str(), &end, 8);
    if (!wanted.empty() && *end == '\0')
        return static_cast<int>(octal & 07777);
    int who = 0;
    std::size_t at = 0;
    for (; at < wanted.size() && std::string_view{"ugoa"}.contains(wanted[at]); ++at)
        who |= wanted[at] == 'u' ? 0700 : wanted[at] == 'g' ? 0070 : wanted[at] == 'o' ? 0007 : 0777;
    const char op = at < wanted.size() ? wanted[at++] : '\0';
    int bits = 0;
    for (; at < wanted.size() && std::string_view{"rwx"}.contains(wanted[at]); ++at)
        bits |= wanted[at] == 'r' ? 0444 : wanted[at] == 'w' ? 0222 : 0111;
    if (at != wanted.size() || !std::string_view{"+-="}.contains(op) || op == '\0')
        return std::nullopt;
    who = who == 0 ? 0777 : who;
    return op == '+' ? mode | (who & bits) : op == '-' ? mode & ~(who & bits) : (mode & ~who) | (who & bits);
}

int chmod(Process& process)
{
    if (process.argv.size() < 3)
        return process.fail("Usage: chmod MODE FILE...");
    int status = 0;
    for (std::size_t i = 2; i < process.argv.size(); ++i) {
        const auto path = process.shell.path(process.argv[i]);
        const auto info = process.shell.disk().status(path);
        if (!info) {
            status = process.fail(fmt::format("chmod: {}: {}", process.argv[i], std::strerror(info.error())));
            continue;
        }
        const auto mode = new_mode(process.argv[1], static_cast<int>(info->st_mode & 07777));
        if (!mode)
            return process.fail("chmod: invalid mode '" + process.argv[1] + "'");
        (void)process.shell.disk().change_mode(path, *mode);
    }
    return status;
}

int touch(Process& process)
{
    int status = 0;
    for (std::size_t i = 1; i < process.argv.size(); ++i) {
        const auto fd = process.shell.disk().open(process.shell.path(process.argv[i]), O_WRONLY | O_CREAT,
                                                  0666 & ~process.shell.umask);
        if (!fd) {
            status = process.fail(fmt::format("touch: {}: {}", process.argv[i], std::strerror(fd.error())));
            continue;
        }
        ::futimens(*fd, nullptr);
        ::close(*fd);
    }
    return status;
}

// Symbolic links only: a datastore knows no hard ones.
int ln(Process& process)
{
    const auto arguments = parse_arguments(process, "sf");
    if (!arguments.has('s') || arguments.rest.size() != 2)
        return process.fail("ln: hard links are not supported on this file system");
    const auto to = final_target(process, arguments.rest[0], arguments.rest[1]);
    if (arguments.has('f'))
        (void)process.shell.disk().remove(to);
    const auto made = process.shell.disk().link(arguments.rest[0], to);
    return made ? 0 : process.fail(fmt::format("ln: {}: {}", arguments.rest[1], std::strerror(made.error())));
}

}  // namespace

void add_copy_programs(std::map<std::string, Program>& programs)
{
    programs["cp"] = cp;
    programs["mv"] = mv;
    programs["rm"] = rm;
    programs["mkdir"] = mkdir;
    programs["rmdir"] = rmdir;
    programs["chmod"] = chmod;
    programs["touch"] = touch;
    programs["ln"] = ln;
    programs["sync"] = [](Process&) { return 0; };
}

}  // namespace gpupass::sim
