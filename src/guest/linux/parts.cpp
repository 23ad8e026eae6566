#include "guest/linux/parts.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace gpupass::guest {

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t most_output = 4u << 20;

volatile std::sig_atomic_t told_to_end = 0;

void remember_signal(int number) { told_to_end = number; }

/// Where drivers put compiled kernels; removed when this goes out of scope.
class CacheFolder {
public:
    CacheFolder()
    {
        for (const char* place : std::array<const char*, 3>{std::getenv("TMPDIR"), "/tmp", "/dev/shm"}) {
            path_ = place ? std::string{place} + "/gpupass-XXXXXX" : "";
            if (!path_.empty() && mkdtemp(path_.data()))
                return;
        }
        path_.clear();
    }
    CacheFolder(const CacheFolder&) = delete;
    CacheFolder& operator=(const CacheFolder&) = delete;
    ~CacheFolder()
    {
        std::error_code error;
        if (!path_.empty())
            fs::remove_all(path_, error);
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// Mesa, Intel's and NVIDIA's drivers and pocl keep what they compiled in the person's folders, if nobody says otherwise.
void point_caches_to(const std::string& folder)
{
    for (const char* name : {"XDG_CACHE_HOME", "POCL_CACHE_DIR", "MESA_SHADER_CACHE_DIR", "NEO_CACHE_DIR", "CUDA_CACHE_PATH", "__GL_SHADER_DISK_CACHE_PATH", "TMPDIR"})
        if (!folder.empty())
            setenv(name, folder.c_str(), 1);
    setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
    setenv("NEO_CACHE_PERSISTENT", "0", 1);
}

struct Process {
    pid_t pid{-1};
    int out{-1};
    std::string text;
    std::string ended;  // "" until it ended, or when it ended well
    bool is_open() const { return out >= 0; }
};

[[noreturn]] void become_part(std::vector<std::string>& words, int out, const std::string& caches)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        std::signal(number, SIG_DFL);
    point_caches_to(caches);
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv("/proc/self/exe", arguments.data());
    _exit(127);
}

Process start_part(const std::string& api, std::span<const std::string> words, const std::string& caches)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return {.ended = fmt::format("could not be started: {}", std::strerror(errno))};
    std::vector<std::string> all{"gpupass-guest", "part", api};
    all.insert(all.end(), words.begin(), words.end());
    const pid_t pid = fork();
    if (pid == 0)
        become_part(all, ends[1], caches);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return {.ended = fmt::format("could not be started: {}", std::strerror(errno))};
    }
    return {.pid = pid, .out = ends[0]};
}

std::string how_it_ended(int status)
{
    if (WIFSIGNALED(status))
        return fmt::format("crashed with signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        return fmt::format("ended with status {}", WEXITSTATUS(status));
    return "";
}

/// Its output is at its end, or its time is over.
void finish(Process& process, const std::string& cut)
{
    if (!cut.empty())
        kill(-process.pid, SIGKILL);
    int status = 0;
    while (waitpid(process.pid, &status, 0) < 0 && errno == EINTR) {
    }
    kill(-process.pid, SIGKILL);  // what a driver left behind
    process.ended = cut.empty() ? how_it_ended(status) : cut;
    close(process.out);
    process.out = -1;
}

void read_some(Process& process)
{
    std::array<char, 65536> bytes{};
    const ssize_t size = read(process.out, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR)
        return;
    if (size <= 0)
        return finish(process, "");
    process.text.append(bytes.data(), static_cast<std::size_t>(size));
    if (process.text.size() > most_output)
        finish(process, "said more than it may and was cut");
}

void wait_a_moment(std::vector<Process*>& open, std::chrono::milliseconds left)
{
    std::vector<pollfd> files;
    for (const Process* process : open)
        files.push_back({process->out, POLLIN, 0});
    if (poll(files.data(), files.size(), static_cast<int>(left.count())) <= 0)
        return;
    for (std::size_t i = 0; i < files.size(); ++i)
        if (files[i].revents != 0)
            read_some(*open[i]);
}

std::vector<Process*> open_ones(std::vector<Process>& processes)
{
    std::vector<Process*> open;
    for (Process& process : processes)
        if (process.is_open())
            open.push_back(&process);
    return open;
}

void cut_all(std::vector<Process>& processes, const std::string& why)
{
    for (Process* process : open_ones(processes))
        finish(*process, why);
}

void wait_for(std::vector<Process>& processes, std::chrono::milliseconds time)
{
    const auto end = Clock::now() + time;
    for (auto open = open_ones(processes); !open.empty() && told_to_end == 0; open = open_ones(processes)) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0)
            cut_all(processes, fmt::format("did not answer within {} s and was cut", time.count() / 1000));
        else
            wait_a_moment(open, left);
    }
    if (told_to_end != 0)
        cut_all(processes, "was cut");
}

/// The last whole line counts: what was finished before it crashed or hung.
ApiAnswer answer_of(const std::string& api, const Process& process)
{
    ApiAnswer answer{.api = api};
    const auto end = process.text.rfind('\n');
    if (end != std::string::npos) {
        const auto begin = end == 0 ? std::string::npos : process.text.rfind('\n', end - 1);
        const std::size_t from = begin == std::string::npos ? 0 : begin + 1;
        answer = parse_answer(std::string_view{process.text}.substr(from, end - from)).value_or(answer);
    }
    answer.ended = process.ended;
    if (answer.ended.empty() && end == std::string::npos)
        answer.ended = "ended without an answer";
    return answer;
}

class SignalWatch {
public:
    SignalWatch()
    {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            struct sigaction action {};
            action.sa_handler = remember_signal;
            sigaction(numbers[i], &action, &before_[i]);
        }
    }
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    ~SignalWatch()
    {
        for (std::size_t i = 0; i < numbers.size(); ++i)
            sigaction(numbers[i], &before_[i], nullptr);
    }

private:
    static constexpr std::array numbers{SIGTERM, SIGINT, SIGHUP};
    std::array<struct sigaction, 3> before_{};
};

std::vector<Process> run_parts(std::span<const std::string> apis, std::span<const std::string> words, std::chrono::milliseconds time,
                               bool together)
{
    const SignalWatch watch;
    const CacheFolder caches;
    std::vector<Process> processes;
    for (const std::string& api : apis) {
        processes.push_back(start_part(api, words, caches.path()));
        if (!together)
            wait_for(processes, time);
    }
    wait_for(processes, time);
    return processes;
}

}  // namespace

std::vector<ApiAnswer> ask_in_processes(std::span<const std::string> apis, std::span<const std::string> words,
                                        std::chrono::milliseconds time, bool together)
{
    const auto processes = run_parts(apis, words, time, together);
    if (told_to_end != 0)
        _exit(128 + told_to_end);
    std::vector<ApiAnswer> answers;
    for (std::size_t i = 0; i < apis.size(); ++i)
        answers.push_back(answer_of(apis[i], processes[i]));
    return answers;
}

}  // namespace gpupass::guest
