#include "transport/text.hpp"

#include "transport/fd.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>

namespace gpupass {
namespace {

/// Name or home folder of the user that runs this program, from the user database.
std::string from_user_database(char* passwd::*field)
{
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found{};
    if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
        return {};
    return found->*field;
}

}  // namespace

std::optional<std::string> read_small_file(const std::filesystem::path& file, std::size_t limit)
{
    const Fd fd{open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat info{};
    if (!fd || fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
        return std::nullopt;
    std::string text;
    std::array<char, 65536> buffer{};
    ssize_t got{};
    while ((got = read(fd.get(), buffer.data(), buffer.size())) > 0 && text.size() <= limit)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    return got < 0 || text.size() > limit ? std::nullopt : std::optional{text};
}

std::filesystem::path home_folder()
{
    if (const char* home = std::getenv("HOME"); home && *home)
        return home;
    return from_user_database(&passwd::pw_dir);
}

std::string local_user()
{
    return from_user_database(&passwd::pw_name);
}

}  // namespace gpupass
