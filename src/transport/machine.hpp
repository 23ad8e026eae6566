#pragma once

#include "model/result.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

// The only way to touch a machine: a batch of queries in, a batch of answers out. Over SSH one batch is one round
// trip. Paths are as seen on that machine; Run takes an argument vector, never a shell line.

namespace gpupass {

using Clock = std::chrono::steady_clock;

/// A moment after which nobody waits any more.
struct Deadline {
    Clock::time_point at{};
    static Deadline in(std::chrono::milliseconds time) { return {Clock::now() + time}; }
    std::chrono::milliseconds left() const
    {
        const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(at - Clock::now());
        return rest.count() > 0 ? rest : std::chrono::milliseconds{0};
    }
    bool passed() const { return Clock::now() >= at; }
};

/// What one query may return; more is cut, and said so (Answer::truncated).
inline constexpr std::size_t default_answer_limit = 4u << 20;

/// Contents of a regular file. `tail`: only that many bytes from its end (for logs).
struct ReadFile {
    std::string path;
    std::optional<std::size_t> tail{};
    auto operator<=>(const ReadFile&) const = default;
};
/// Target of a symbolic link, one step, not resolved.
struct ReadLink {
    std::string path;
    auto operator<=>(const ReadLink&) const = default;
};
/// Names in a folder, one a line, sorted, without "." and "..". Names with a newline are not representable.
struct ListDir {
    std::string path;
    auto operator<=>(const ListDir&) const = default;
};
/// A program with its arguments and, optionally, text for its standard input (no NUL bytes over SSH).
struct Run {
    std::vector<std::string> argv;
    std::string input{};
    auto operator<=>(const Run&) const = default;
};
/// Replaces a file atomically (new file beside it, then rename), only if its content now is `expected`
/// (nullopt: it must not exist). No NUL bytes. A new file gets `mode`, a replaced one keeps its own. The new content
/// stands in PATH.gpupass-new for a moment; one that a crash left there is removed by the next write.
/// Exit codes of the answer: 0 written; 3 the content is not the expected one, or the path is a symbolic link; others as
/// the tools said.
struct WriteFile {
    std::string path;
    std::string content;
    std::optional<std::string> expected{};
    int mode{0600};
    auto operator<=>(const WriteFile&) const = default;
};
using Query = std::variant<ReadFile, ReadLink, ListDir, Run, WriteFile>;

/// How one query ended.
struct Answer {
    enum class State {
        done,         // it ran; exit_code says how
        timed_out,    // its own time was over; other queries of the batch are not affected
        not_recorded  // a replay that was never asked this
    };
    State state{State::done};
    int exit_code{};   // 127: no such command
    std::string out;   // contents, target, names, standard output
    std::string err;   // standard error
    bool truncated{};  // more came than the limit; out holds the beginning
    bool ok() const { return state == State::done && exit_code == 0; }
    bool operator==(const Answer&) const = default;
};

/// A machine that can be asked. An Error means that the batch as a whole failed (no connection, broken in the middle:
/// any query of it may or may not have run). Otherwise there is one answer a query, in their order.
class Machine {
public:
    virtual ~Machine() = default;
    /// `deadline` bounds the whole batch, query_time each query in it.
    virtual Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) = 0;
    /// How the machine is called in messages: "esxi+ssh://root@nuc".
    virtual std::string name() const = 0;
    /// Drops the connection, if there is one; the next ask() connects again. For a host that reboots.
    virtual void disconnect() {}

    std::chrono::milliseconds query_time{20'000};
    std::size_t answer_limit{default_answer_limit};
};

/// One query, one answer.
Result<Answer> ask_one(Machine& machine, Query query, Deadline deadline);

/// How a query is named in messages: "read /bootbank", "run esxcli system version get".
std::string describe(const Query& query);

}  // namespace gpupass
