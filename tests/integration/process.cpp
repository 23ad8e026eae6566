#include "integration/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace gpupass::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> out;
    for (std::string& text : texts)
        out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> environment_of(const std::map<std::string, std::string>& extra)
{
    std::map<std::string, std::string> all{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LC_ALL", "C.UTF-8"}};
    // The sanitizers' settings of the caller go along; an ordinary HOME does not.
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name))
            all[name] = value;
    for (const auto& [name, value] : extra)
        all[name] = value;
    std::vector<std::string> out;
    for (const auto& [name, value] : all)
        out.push_back(name + "=" + value);
    return out;
}

[[noreturn]] void become(std::vector<std::string> argv, std::vector<std::string> environment, int in, int out, int err)
{
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    setsid();  // no terminal: a prompt must mean no
    close_range(3, ~0u, 0);
    execve(argv[0].c_str(), pointers(argv).data(), pointers(environment).data());
    _exit(127);
}

struct Pipe {
    Pipe() { (void)!pipe2(ends.data(), O_CLOEXEC); }
    ~Pipe()
    {
        close_read();
        close_write();
    }
    void close_read() { shut(ends[0]); }
    void close_write() { shut(ends[1]); }
    static void shut(int& end)
    {
        if (end >= 0)
            close(end);
        end = -1;
    }
    std::array<int, 2> ends{-1, -1};
};

bool drain(Pipe& pipe, std::string& text)
{
    char buffer[65536];
    const ssize_t size = read(pipe.ends[0], buffer, sizeof buffer);
    if (size > 0)
        text.append(buffer, static_cast<std::size_t>(size));
    else
        pipe.close_read();
    return size > 0;
}

/// Dead and not yet waited for.
bool has_ended(pid_t pid)
{
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

}  // namespace

Finished run(const Launch& launch)
{
    Pipe in, out, err;
    const auto begin = steady_clock::now();
    const pid_t pid = fork();
    if (pid == 0)
        become(launch.argv, environment_of(launch.environment), in.ends[0], out.ends[1], err.ends[1]);
    in.close_read();
    out.close_write();
    err.close_write();
    (void)!write(in.ends[1], launch.input.data(), launch.input.size());
    in.close_write();

    Finished finished;
    bool killed = false;
    bool interrupted = false;
    while (out.ends[0] >= 0 || err.ends[0] >= 0) {
        const auto age = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
        if (!killed && (age >= launch.limit || (launch.kill_after && age >= *launch.kill_after) || (launch.kill_when && launch.kill_when()))) {
            kill(pid, SIGKILL);
            killed = true;
        }
        if (!interrupted && launch.interrupt_when && launch.interrupt_when()) {
            kill(pid, SIGINT);
            interrupted = true;
        }
        if (killed && age >= launch.limit + milliseconds{2000})
            break;  // a grandchild holds the pipes
        std::array<pollfd, 2> fds{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
        poll(fds.data(), fds.size(), 1);
        if (fds[0].revents)
            drain(out, finished.out);
        if (fds[1].revents)
            drain(err, finished.err);
        if (killed && has_ended(pid) && !fds[0].revents && !fds[1].revents)
            break;
    }
    int status{};
    waitpid(pid, &status, 0);
    finished.took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
    finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (killed && finished.took >= launch.limit)
        finished.exit_code = 124;
    return finished;
}

Background::Background(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment, const std::string& log_path)
    : pid_(fork())
{
    if (pid_ != 0)
        return;
    const int null = open("/dev/null", O_RDWR);
    const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    become(argv, environment_of(environment), null, log, log);
}

Background::~Background()
{
    kill(pid_, SIGTERM);
    for (int i = 0; i < 200; ++i) {
        if (waitpid(pid_, nullptr, WNOHANG) == pid_)
            return;
        std::this_thread::sleep_for(milliseconds{10});
    }
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

bool Background::is_alive() const
{
    return !has_ended(pid_);
}

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::filesystem::path make_folder()
{
    const std::filesystem::path memory = "/dev/shm";
    std::string name = ((std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path()) / "gpupass-test-XXXXXX").string();
    if (!mkdtemp(name.data()))
        throw std::runtime_error("cannot create " + name);
    return name;
}

}  // namespace gpupass::test
