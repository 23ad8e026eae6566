#pragma once

#include "model/result.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
/// Which of `paths` are there: one a line, in the order given. Of folders only those that are not empty.
struct Present {
    std::vector<std::string> paths;
    auto operator<=>(const Present&) const = default;
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
/// What lies below every entry of `folder`, one level deep: of each entry the named files. For sysfs, where a machine has
/// hundreds of entries with a dozen small files each: one query instead of thousands. The answer has a line for each name that
/// is there, entries sorted, names in the order given: ENTRY TAB NAME TAB KIND VALUE, where KIND is `=` (a file: its
/// text, with `;` for each newline but the last, cut after 4096 bytes), `>` (a symbolic link: its target; over SSH the target of
/// a link to a folder may be the absolute path of that folder, so only its last component is the same everywhere) or `/` (a
/// folder: its names, sorted, with `;` between). What cannot be read is left out, and so is an entry that does not answer within
/// Machine::entry_time: its line is ENTRY TAB ! TAB and a word about it; the other entries are not held up by it. Over SSH,
/// where a network may be slow too, it gets several times entry_time, and after a few such entries the query itself times out.
/// Names that begin with a dot or hold a tab or a newline are left out. Links to entries are followed, links below are not.
struct ReadEach {
    std::string folder;
    std::vector<std::string> names;  // "vendor", "power/control"
    auto operator<=>(const ReadEach&) const = default;
};
/// Who has device files open: a line for each process and file, PID TAB NAME TAB PATH, for paths that begin with one of
/// `prefixes` ("/dev/dri/"; letters, digits, `/`, `-`, `_` and `.` only). Of processes that we may not look at nothing is told.
struct FindOpen {
    std::vector<std::string> prefixes;
    auto operator<=>(const FindOpen&) const = default;
};
/// Values for kernel attributes (sysfs, procfs), one line each and none empty: each is written with one write(2) to the file as
/// it is, in order, up to the first that fails. A file that is not there is not made. The answer's `out` tells how many were
/// written; `err` names the path that failed and why (strerror); exit_code is the errno of the write, 1 where it is not known
/// (over SSH, for most). A write that blocks in the kernel is left behind when the query's time is over (timed_out): the writes
/// before it have happened, and its own may still happen.
struct Poke {
    std::vector<std::pair<std::string, std::string>> writes;  // path, value
    auto operator<=>(const Poke&) const = default;
};
/// A call of libvirt's API on qemu:///system. Locally the library (loaded at first use), over SSH virsh.
struct Libvirt {
    enum class Call {
        domains,        // all domains: their state and their persistent XML; see the answer's form in libvirt.hpp
        attach_config,  // xml: one device element, into the persistent definition
        detach_config,  // likewise, out of it
        start,
        shutdown,       // asks the guest; does not wait
        destroy,        // cuts it off
        version,        // of the library, the daemon and QEMU
        agent           // xml: a command for the guest agent in it, JSON; the answer's `out` is what the agent said
    };
    Call call{};
    std::string domain{};  // its UUID
    std::string xml{};     // of one device; of `agent`, its command
    auto operator<=>(const Libvirt&) const = default;
};
/// One request to a web service over HTTPS. Only machines of https.hpp know it. The answer's `out` is the body of the response;
/// exit_code is 0 for a status of 200 to 299, else the status itself;
/// `err` the headers Date and Last-Modified, a line each, where there are any.
struct Http {
    std::string path{};                // with its query: "/sdk"
    std::string body{};                // "" with the method GET
    std::string action{};              // value of the header SOAPAction; "" sends none
    std::string method{"POST"};        // GET, POST, PUT
    std::string name{};                // what it is called in recordings; a request without a name is not recorded
    auto operator<=>(const Http&) const = default;
};
using Query = std::variant<ReadFile, ReadLink, ListDir, Present, Run, WriteFile, ReadEach, FindOpen, Poke, Libvirt, Http>;

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
    std::chrono::milliseconds entry_time{500};  // of one entry of ReadEach
    std::size_t answer_limit{default_answer_limit};
    std::size_t each_limit{8 * default_answer_limit};  // of a ReadEach of this computer: tens of thousands of devices
};

/// One query, one answer.
Result<Answer> ask_one(Machine& machine, Query query, Deadline deadline);

/// How a query is named in messages: "read /bootbank", "run esxcli system version get".
std::string describe(const Query& query);

/// "attach-config": how a call is named in messages and recordings.
std::string_view name_of(Libvirt::Call call);

/// True for what changes the machine by its nature (a Run may, too). Never recorded, never replayed.
bool is_change(const Query& query);

}  // namespace gpupass
