#include "transport/local_poke.hpp"

#include "transport/forked.hpp"

#include <fcntl.h>

#include <array>
#include <atomic>
#include <new>

namespace gpupass {
namespace {

/// What the child tells.
struct Board {
    std::atomic<std::uint32_t> written;
    std::atomic<int> error;
};

/// 0 or an errno. O_TRUNC means nothing to sysfs, and makes a file of an ordinary tree hold the value alone.
int write_value(const LocalFiles& files, const std::string& path, std::string_view value)
{
    const Fd file{files.open_at_root(path.c_str(), O_WRONLY | O_TRUNC | O_NOCTTY)};
    if (!file)
        return errno;
    const auto sent = write(file.get(), value.data(), value.size());
    if (sent < 0)
        return errno;
    return static_cast<std::size_t>(sent) == value.size() ? 0 : EIO;
}

}  // namespace

Answer poke(const LocalFiles& files, const Poke& query, Deadline deadline)
{
    const SharedMemory memory{sizeof(Board)};
    Board& board = *new (memory.data()) Board;
    Forked child{[&] {
        for (const auto& [path, value] : query.writes) {
            if (const int error = write_value(files, path, value); error != 0) {
                board.error = error;
                return;
            }
            ++board.written;
        }
    }};
    if (const int error = errno; !child.is_there())
        return {.exit_code = error,
                .out = "0",
                .err = query.writes.front().first + ": no process: " + words_of(error) + "\n"};
    const std::array<const Forked*, 1> children{&child};
    while (!child.has_ended() && !deadline.passed())
        Forked::wait_for_any(children, deadline.left() + std::chrono::milliseconds{1});
    const bool ended = child.has_ended();
    const std::size_t written = board.written;
    Answer answer{.out = std::to_string(written), .err = {}};
    if (written == query.writes.size())
        return answer;
    const std::string& path = query.writes[written].first;
    const int error = board.error;
    if (!ended) {
        answer.state = Answer::State::timed_out;
        answer.err = path + ": the write does not come back\n";
    } else {
        answer.exit_code = error != 0 ? error : 1;
        answer.err = path + ": " + (error != 0 ? words_of(error) : "the writer was killed") + "\n";
    }
    return answer;
}

}  // namespace gpupass
