#include "applets.hpp"
#include "text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

// ls, stat, readlink, find: programs that look at files.

namespace gpupass::sim {

namespace {

std::string permissions(mode_t mode)
{
    std::string text = S_ISDIR(mode) ? "d" : S_ISLNK(mode) ? "l" : "-";
    for (int bit = 8; bit >= 0; --bit)
        text += (mode >> bit & 1) != 0 ? "rwx"[2 - bit % 3] : '-';
    return text;
}

struct Listing {
    Process& process;
    const Arguments& arguments;

    std::string line(const std::string& shown, const std::string& path) const
    {
        if (!arguments.has('l'))
            return shown + "\n";
        const auto info = process.shell.disk().status(path, Disk::Last::keep);
        if (!info)
            return shown + "\n";
        const auto target = S_ISLNK(info->st_mode) ? " -> " + process.shell.disk().read_link(path).value_or("") : "";
        return fmt::format("{} {:4} root     root     {:9} {} {}{}\n", permissions(info->st_mode), info->st_nlink,
                           info->st_size, utc(static_cast<double>(info->st_mtime), "%b %e %H:%M"), shown, target);
    }

    void folder(const std::string& name) const
    {
        const auto path = process.shell.path(name);
        auto names = process.shell.disk().list(path);
        if (!names)
            return;
        if (arguments.has('l'))
            process.print(fmt::format("total {}\n", names->size() * 4));
        if (arguments.has('a'))
            names->insert(names->begin(), {".", ".."});
        for (const auto& entry : *names)
            if (!entry.starts_with('.') || arguments.has('a') || arguments.has('A'))
                process.print(line(entry, path + "/" + entry));
    }
};

int ls(Process& process)
{
    auto arguments = parse_arguments(process, "1AaldhrtF");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    if (arguments.rest.empty())
        arguments.rest.push_back(".");
    const Listing listing{process, arguments};
    const auto& disk = process.shell.disk();
    std::vector<std::string> folders;
    int status = 0;
    for (const auto& name : arguments.rest) {
        const auto path = process.shell.path(name);
        const auto info = disk.status(path, Disk::Last::keep);
        const bool keep_link = info && S_ISLNK(info->st_mode) && arguments.has('l');
        if (!info)
            status = process.fail(fmt::format("ls: {}: {}", name, std::strerror(info.error())));
        else if (disk.is_folder(path) && !arguments.has('d') && !keep_link)
            folders.push_back(name);
        else
            process.print(listing.line(name, path));
    }
    for (std::size_t i = 0; i < folders.size(); ++i) {
        if (arguments.rest.size() > 1)
            process.print((i > 0 ? "\n" : "") + folders[i] + ":\n");
        listing.folder(folders[i]);
    }
    return status;
}

int readlink(Process& process)
{
    const auto arguments = parse_arguments(process, "fnv");
    if (!arguments.unknown.empty() || arguments.rest.size() != 1)
        return process.fail("Usage: readlink [-fnv] FILE");
    const auto path = process.shell.path(arguments.rest[0]);
    const auto target =
        arguments.has('f') ? process.shell.disk().canonical(path) : process.shell.disk().read_link(path);
    if (!target)
        return arguments.has('v')
            ? process.fail(fmt::format("readlink: {}: {}", arguments.rest[0], std::strerror(target.error())))
            : 1;
    process.print(*target + (arguments.has('n') ? "" : "\n"));
    return 0;
}

std::string stat_field(char field, const std::string& name, const struct stat& info)
{
    switch (field) {
    case 's': return std::to_string(info.st_size);
    case 'n': return name;
    case 'a': return fmt::format("{:o}", info.st_mode & 07777);
    case 'A': return permissions(info.st_mode);
    case 'f': return fmt::format("{:x}", info.st_mode);
    case 'u':
    case 'g': return "0";
    case 'U':
    case 'G': return "root";
    case 'i': return std::to_string(info.st_ino);
    case 'h': return std::to_string(info.st_nlink);
    case 'X':
    case 'Y':
    case 'Z': return std::to_string(info.st_mtime);
    case 'F': return S_ISDIR(info.st_mode) ? "directory" : S_ISLNK(info.st_mode) ? "symbolic link" : "regular file";
    case '%': return "%";
    default: return "?";
    }
}

std::string stat_text(const std::string& format, const std::string& name, const struct stat& info)
{
    std::string text;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '%' && i + 1 < format.size())
            text += stat_field(format[++i], name, info);
        else
            text += format[i];
    }
    return text;
}

int stat_program(Process& process)
{
    const auto arguments = parse_arguments(process, "L", "c");
    if (!arguments.unknown.empty())
        return bad_option(process, arguments);
    const auto wanted = arguments.values.find('c');
    const auto format = wanted != arguments.values.end() ? wanted->second : "  File: %n\n  Size: %s\nAccess: (%a/%A)";
    int status = 0;
    for (const auto& name : arguments.rest) {
        const auto info = process.shell.disk().status(process.shell.path(name),
                                                      arguments.has('L') ? Disk::Last::follow : Disk::Last::keep);
        if (info)
            process.print(stat_text(format, name, *info) + "\n");
        else
            status = process.fail(fmt::format("stat: can't stat '{}': {}", name, std::strerror(info.error())));
    }
    return status;
}

void df_line(Process& process)
{
    process.print("Filesystem        Bytes         Used    Available Use% Mounted on\n"
                  "VMFS-6     493921239040  98784247808 395136991232  20% /vmfs/volumes/datastore1\n");
}

}  // namespace

void add_file_programs(std::map<std::string, Program>& programs)
{
    programs["ls"] = ls;
    programs["readlink"] = readlink;
    programs["stat"] = stat_program;
    programs["df"] = [](Process& process) { return df_line(process), 0; };
}

}  // namespace gpupass::sim
