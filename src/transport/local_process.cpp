#include "transport/local_process.hpp"

#include "transport/fd.hpp"
#include "transport/forked.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace gpupass {
namespace {

/// Of a killed program. One that is blocked in the kernel does not end even then, and is left behind.
constexpr std::chrono::milliseconds patience_with_the_killed{200};

struct Pipe {
    Fd reader, writer;
};

bool make(Pipe& pipe)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    pipe.reader = Fd{ends[0]};
    pipe.writer = Fd{ends[1]};
    return true;
}

void unblock(const Fd& fd)
{
    fcntl(fd.get(), F_SETFL, O_NONBLOCK);
}

/// What we parse is English, whatever the person's language is.
std::vector<std::string> environment()
{
    std::vector<std::string> lines{"LC_ALL=C.UTF-8"};
    for (char** line = environ; line && *line; ++line)
        if (std::strncmp(*line, "LC_ALL=", 7) != 0)
            lines.emplace_back(*line);
    return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    for (auto& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// A child with default signals, the three pipes and no other file descriptor of ours.
class Spawning {
public:
    Spawning(const Pipe& in, const Pipe& out, const Pipe& err)
    {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, in.reader.get(), 0);
        posix_spawn_file_actions_adddup2(&actions_, out.writer.get(), 1);
        posix_spawn_file_actions_adddup2(&actions_, err.writer.get(), 2);
        posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        sigset_t none{}, all{};
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Spawning()
    {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    Spawning(const Spawning&) = delete;
    Spawning& operator=(const Spawning&) = delete;

    /// 0 or an errno.
    int start(const Run& query, pid_t& pid)
    {
        std::vector<std::string> argv = query.argv, env = environment();
        return posix_spawnp(&pid, argv[0].c_str(), &actions_, &attributes_, pointers_to(argv).data(), pointers_to(env).data());
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Reads what is there; closes the pipe at its end.
void drain(Fd& fd, std::string& text, std::size_t limit, bool& truncated)
{
    std::array<char, 65536> buffer{};
    while (fd) {
        const auto got = read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            return fd.reset();
        const auto size = static_cast<std::size_t>(got);
        const auto room = std::min(size, limit - text.size());
        text.append(buffer.data(), room);
        truncated |= size > room;
    }
}

void feed(Fd& fd, std::string_view& input)
{
    while (fd && !input.empty()) {
        const auto sent = write(fd.get(), input.data(), input.size());
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0)
            break;  // the program reads no more
        input.remove_prefix(static_cast<std::size_t>(sent));
    }
    fd.reset();
}

class Process {
public:
    Process(pid_t pid, Pipe in, Pipe out, Pipe err)
        : pid_{pid}, handle_{static_cast<int>(syscall(SYS_pidfd_open, pid, 0))}, in_{std::move(in.writer)}, out_{std::move(out.reader)}, err_{std::move(err.reader)}
    {
        for (const Fd* fd : {&in_, &out_, &err_})
            unblock(*fd);
    }

    Answer wait(std::string_view input, Deadline deadline, std::size_t limit)
    {
        Answer answer;
        while (!ended_) {
            feed(in_, input);
            drain(out_, answer.out, limit, answer.truncated);
            drain(err_, answer.err, limit, answer.truncated);
            if (deadline.passed())
                return kill_all(std::move(answer));
            wait_for_something(deadline);
        }
        drain(out_, answer.out, limit, answer.truncated);
        drain(err_, answer.err, limit, answer.truncated);
        answer.exit_code = exit_code();
        return answer;
    }

private:
    void wait_for_something(Deadline deadline)
    {
        std::array<pollfd, 4> polled{pollfd{handle_.get(), POLLIN, 0}, pollfd{in_.get(), POLLOUT, 0}, pollfd{out_.get(), POLLIN, 0},
                                     pollfd{err_.get(), POLLIN, 0}};
        // Kernels before 5.3 have no handle to wait for; there the end is looked for every now and then.
        const auto time = handle_ ? deadline.left() + std::chrono::milliseconds{1} : std::chrono::milliseconds{20};
        poll(polled.data(), polled.size(), static_cast<int>(time.count()));
        siginfo_t info{};
        ended_ = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
    }

    Answer kill_all(Answer answer)
    {
        kill(-pid_, SIGKILL);
        kill(pid_, SIGKILL);
        int status{};
        reap(pid_, patience_with_the_killed, status);
        answer.state = Answer::State::timed_out;
        return answer;
    }

    int exit_code() const
    {
        int status{};
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

    pid_t pid_;
    Fd handle_, in_, out_, err_;
    bool ended_{};
};

}  // namespace

Answer run_process(const Run& query, Deadline deadline, std::size_t answer_limit)
{
    Pipe in, out, err;
    if (!make(in) || !make(out) || !make(err))
        return {.exit_code = 126, .out = {}, .err = "no pipe: " + words_of(errno) + "\n"};
    pid_t pid{};
    if (const int error = Spawning{in, out, err}.start(query, pid); error != 0)
        return {.exit_code = error == ENOENT ? 127 : 126, .out = {}, .err = query.argv[0] + ": " + words_of(error) + "\n"};
    in.reader.reset();
    out.writer.reset();
    err.writer.reset();
    return Process{pid, std::move(in), std::move(out), std::move(err)}.wait(query.input, deadline, answer_limit);
}

}  // namespace gpupass
