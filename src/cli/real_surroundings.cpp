#include "cli/open_host.hpp"
#include "cli/program.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace gpupass::cli {

namespace {

namespace fs = std::filesystem;

/// An XDG folder: absolute or it does not count.
fs::path xdg_folder(const char* variable, const char* below_home)
{
    const char* value = std::getenv(variable);
    if (value && *value == '/')
        return fs::path{value} / "gpupass";
    const char* home = std::getenv("HOME");
    return fs::path{home && *home ? home : "/"} / below_home / "gpupass";
}

fs::path program_folder()
{
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

/// A closed standard file would be the number of the next socket, and what is said to the person would go there.
void keep_standard_files()
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", O_RDWR);
}

std::size_t terminal_width()
{
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40)
        return 80;
    return size.ws_col;
}

Terminal real_terminal()
{
    const char* no_colour = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    const bool colour = !(no_colour && *no_colour) && kind && std::string_view{kind} != "dumb";
    return {.in = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
            .out = isatty(STDOUT_FILENO) == 1,
            .err = isatty(STDERR_FILENO) == 1,
            .colour_out = colour && isatty(STDOUT_FILENO) == 1,
            .colour_err = colour && isatty(STDERR_FILENO) == 1,
            .width = terminal_width()};
}

std::optional<std::string> from_environment(const char* name)
{
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>{value} : std::nullopt;
}

}  // namespace

Surroundings real_surroundings()
{
    keep_standard_files();
    return {.in = std::cin,
            .out = std::cout,
            .err = std::cerr,
            .terminal = real_terminal(),
            .state_folder = xdg_folder("XDG_STATE_HOME", ".local/state"),
            .config_folder = xdg_folder("XDG_CONFIG_HOME", ".config"),
            .program_folder = program_folder(),
            .password = from_environment("GPUPASS_PASSWORD"),
            .guest_password = from_environment("GPUPASS_GUEST_PASSWORD"),
            .open = open_host,
            .open_guest = open_guest};
}

}  // namespace gpupass::cli
