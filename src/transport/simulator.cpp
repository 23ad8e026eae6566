#include "transport/simulator.hpp"

#include "transport/fd.hpp"
#include "transport/net.hpp"
#include "transport/simulator_access.hpp"
#include "transport/text.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <thread>

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto start_time = 10s;
constexpr int somebody_else_has_it = 5;  // exit code of a second gpupass-sim in one folder

bool is_world_name(const std::string& world)
{
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !world.empty() && world.size() <= 32 && world.front() != '-' && std::ranges::all_of(world, fits);
}

/// The simulator that runs in `folder`, if one does: its process lives and its port accepts.
std::optional<SimulatorAccess> find_running(const fs::path& folder)
{
    const auto text = read_small_file(folder / "access.json", 65536);
    const auto access = text ? parse_access_file(*text) : fail(ErrorKind::not_found, "not there");
    if (!access || (kill(access->pid, 0) != 0 && errno != EPERM))
        return std::nullopt;
    if (!connect_tcp(access->host, access->host_port, Deadline::in(2s)))
        return std::nullopt;
    return SimulatorAccess{.host = {"esxi+ssh", "root", access->host, access->host_port},
                           .guest = {"linux+ssh", "user", access->host, access->guest_port},
                           .identity = access->identity,
                           .known_hosts = access->known_hosts};
}

/// Starts it in a session of its own, so that neither a closed terminal nor Ctrl-C here ends it. 0 or an errno.
int spawn_detached(const fs::path& binary, const fs::path& folder, const std::string& world, pid_t& pid)
{
    std::vector<std::string> words{binary.string(), "--state", folder.string(), "--world", world};
    std::vector<char*> argv;
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    sigset_t none{}, all{};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, (folder / "sim.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    const int error = posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

std::string end_of_log(const fs::path& folder)
{
    std::string text = read_small_file(folder / "sim.log", 16u << 20).value_or("");
    text.erase(text.find_last_not_of("\r\n ") + 1);
    return printable(text.substr(text.find_last_of('\n') + 1));
}

/// The exit code, once it has ended.
std::optional<int> has_ended(pid_t pid)
{
    int status{};
    if (waitpid(pid, &status, WNOHANG) != pid)
        return std::nullopt;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<SimulatorAccess> wait_until_ready(const fs::path& folder, pid_t pid)
{
    const Deadline deadline = Deadline::in(start_time);
    bool ours_ended = false;
    while (!deadline.passed()) {
        if (auto access = find_running(folder))
            return *access;
        const auto code = ours_ended ? std::nullopt : has_ended(pid);
        if (code && *code != somebody_else_has_it)
            return fail(ErrorKind::failed, "the simulator ended at once (exit code " + std::to_string(*code) + "): " + end_of_log(folder),
                        "see " + (folder / "sim.log").string());
        ours_ended |= code.has_value();
        std::this_thread::sleep_for(10ms);
    }
    return fail(ErrorKind::timeout, "the simulator was not ready after " + std::to_string(start_time.count()) + " s",
                "see " + (folder / "sim.log").string());
}

}  // namespace

Result<SimulatorAccess> start_simulator(const fs::path& binary, const fs::path& state_folder, const std::string& world)
{
    if (!is_world_name(world))
        return fail(ErrorKind::usage, "'" + printable(world, 40) + "' is not the name of a simulated world", "try sim:nuc11");
    std::error_code error;
    const fs::path folder = fs::absolute(state_folder, error) / "sim" / world;
    if (auto access = find_running(folder))
        return *access;
    fs::create_directories(folder, error);
    if (!fs::is_directory(folder))
        return at(Error{ErrorKind::failed, "the folder cannot be made: " + error.message(), {folder.string()}, "check the folder's owner and mode"}, "simulator");
    pid_t pid{};
    if (const int why = spawn_detached(binary, folder, world, pid); why != 0)
        return at(Error{ErrorKind::not_found, "the simulator cannot be started: " + words_of(why), {binary.string()}, "gpupass-sim belongs beside gpupass"},
                  "simulator " + world);
    auto access = wait_until_ready(folder, pid);
    return access ? std::move(access) : at(std::move(access.error()), "simulator " + world);
}

}  // namespace gpupass
