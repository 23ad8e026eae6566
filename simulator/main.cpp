#include "options.hpp"
#include "server.hpp"

#include <fmt/core.h>
#include <libssh/libssh.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace {

std::atomic<bool> stop{};

void on_signal(int) { stop = true; }

// Held as long as the process lives.
bool lock_folder(const std::filesystem::path& folder)
{
    static int fd = -1;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (fd < 0)
        fd = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
}

// Asks the process that serves the folder to end, and waits for that.
bool take_over(const std::filesystem::path& folder)
{
    if (const int pid = gpupass::sim::serving_process(folder); pid > 1)
        ::kill(pid, SIGTERM);
    for (int i = 0; i < 100; ++i) {
        if (lock_folder(folder))
            return true;
        ::usleep(50'000);
    }
    return false;
}

int reset(const std::filesystem::path& folder)
{
    std::error_code error;
    for (const char* name : {"disk", "guest", "world.json", "calls.json", "faults", "access.json"})
        std::filesystem::remove_all(folder / name, error);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    using namespace gpupass::sim;
    const auto parsed = parse_options({argv + 1, argv + argc});
    if (!parsed.error.empty() || parsed.help) {
        fmt::print(parsed.help ? stdout : stderr, "{}", parsed.help ? usage() : "gpupass-sim: " + parsed.error + "\n");
        return parsed.help ? 0 : 2;
    }
    const auto& folder = parsed.options.host.folder;
    if (!lock_folder(folder) && !(parsed.reset && take_over(folder))) {
        const bool busy = errno == EWOULDBLOCK;
        fmt::print(stderr, "gpupass-sim: {} {}\n", busy ? "another process serves" : "cannot write in",
                   folder.string());
        return busy ? 5 : 1;
    }
    if (parsed.reset)
        return reset(folder);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    ssh_init();
    Server server{parsed.options};
    if (const auto error = server.start(); !error.empty()) {
        fmt::print(stderr, "gpupass-sim: {}\n", error);
        return 1;
    }
    server.run(stop);
    return 0;
}
