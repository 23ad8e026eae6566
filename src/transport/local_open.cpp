#include "transport/fd.hpp"
#include "transport/local_files.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <set>

// Who has device files open: the links below /proc/PID/fd. No link is followed, so no device is touched.

namespace gpupass {
namespace {

using Folder = std::unique_ptr<DIR, decltype([](DIR* dir) { closedir(dir); })>;

Folder open_folder(int fd) { return Folder{fd >= 0 ? fdopendir(fd) : nullptr}; }

/// A thread of the kernel runs no program, and has nothing open.
bool is_program(int proc, const std::string& process)
{
    char text{};
    return readlinkat(proc, (process + "/exe").c_str(), &text, 1) >= 0 || errno != ENOENT;
}

std::string target_of(int folder, const char* name)
{
    std::array<char, 4096> text{};
    const auto size = readlinkat(folder, name, text.data(), text.size());
    return size > 0 ? std::string{text.data(), static_cast<std::size_t>(size)} : "";
}

std::string name_of(int proc, const std::string& process)
{
    const Fd fd{openat(proc, (process + "/comm").c_str(), O_RDONLY | O_CLOEXEC)};
    std::array<char, 64> text{};
    const auto size = fd ? read(fd.get(), text.data(), text.size()) : 0;
    std::string name{text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    std::erase(name, '\n');
    std::ranges::replace(name, '\t', ' ');
    return name;
}

std::set<std::string> open_files(int proc, const std::string& process, const FindOpen& query)
{
    std::set<std::string> found;
    const Folder folder = open_folder(openat(proc, (process + "/fd").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
        std::string target = target_of(dirfd(folder.get()), entry->d_name);
        if (std::ranges::any_of(query.prefixes, [&](const std::string& prefix) { return target.starts_with(prefix); }) && !target.contains('\n'))
            found.insert(std::move(target));
    }
    return found;
}

}  // namespace

Answer LocalFiles::answer(const FindOpen& query, std::size_t limit) const
{
    std::set<long> processes;
    const Folder folder = open_folder(open_at_root("/proc", O_RDONLY | O_DIRECTORY));
    while (const dirent* entry = folder ? readdir(folder.get()) : nullptr)
        if (const long process = std::strtol(entry->d_name, nullptr, 10); process > 0)
            processes.insert(process);
    Answer answer;
    for (const long number : processes) {
        const int proc = dirfd(folder.get());
        const std::string process = std::to_string(number);
        for (const std::string& file : is_program(proc, process) ? open_files(proc, process, query) : std::set<std::string>{})
            answer.out += process + "\t" + name_of(proc, process) + "\t" + file + "\n";
    }
    answer.truncated = answer.out.size() > limit;
    answer.out.resize(std::min(answer.out.size(), limit));
    return answer;
}

}  // namespace gpupass
