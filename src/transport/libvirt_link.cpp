#include "transport/libvirt_link.hpp"

#include "transport/fd.hpp"

#ifdef GPUPASS_LIBVIRT
#include "transport/libvirt_calls.hpp"
#endif

#include <future>
#include <optional>
#include <thread>
#include <unistd.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;

/// How long a daemon may take to say good-bye.
constexpr auto close_time = 500ms;

/// In a thread of its own, which is given up at the deadline and then ends when it likes: libvirt knows no deadlines.
template <class Work>
std::optional<Answer> run_in_time(Work work, Deadline deadline)
{
    std::packaged_task<Answer()> task{[work = std::move(work)] {
        const NoSigpipe no_sigpipe;
        return work();
    }};
    auto answer = task.get_future();
    std::thread thread{std::move(task)};
    if (answer.wait_until(deadline.at) != std::future_status::ready) {
        thread.detach();
        return std::nullopt;
    }
    thread.join();
    return answer.get();
}

}  // namespace

#ifdef GPUPASS_LIBVIRT

/// Used by one thread at a time, and by no other than the threads that run_in_time() makes.
class LibvirtLink::Connection {
public:
    explicit Connection(std::string uri) : uri_{std::move(uri)} {}

    Answer answer(const Libvirt& query)
    {
        // Loading the library takes longer than all else that is read of a host: not where nobody listens.
        if (uri_ == "qemu:///system" && !has_socket())
            return {.exit_code = 1, .out = {}, .err = "nobody listens in /run/libvirt\n"};
        const LibvirtLibrary& library = libvirt_library();
        if (!library.missing.empty())
            return {.exit_code = 127, .out = {}, .err = library.missing + '\n'};
        if (!is_alive(library)) {
            close();
            connection_ = library.virConnectOpen(uri_.c_str());
        }
        return connection_ ? call_libvirt(library, connection_, query) : libvirt_failure(library);
    }

    Answer close()
    {
        if (connection_)
            libvirt_library().virConnectClose(std::exchange(connection_, nullptr));
        return {};
    }

private:
    /// Of the one daemon for all, or of that for QEMU (https://libvirt.org/daemons.html); systemd may listen for either.
    static bool has_socket()
    {
        return access("/run/libvirt/libvirt-sock", F_OK) == 0 || access("/run/libvirt/virtqemud-sock", F_OK) == 0;
    }

    /// That the daemon ended is noticed only when it is asked something.
    bool is_alive(const LibvirtLibrary& library)
    {
        unsigned long version{};
        return connection_ && library.virConnectIsAlive(connection_) == 1 &&
            library.virConnectGetLibVersion(connection_, &version) == 0;
    }

    std::string uri_;
    virConnectPtr connection_{};
};

#else

class LibvirtLink::Connection {
public:
    explicit Connection(const std::string&) {}
    Answer answer(const Libvirt&)
    {
        return {.exit_code = 127, .out = {}, .err = "this gpupass was built without libvirt\n"};
    }
    Answer close() { return {}; }
};

#endif

LibvirtLink::LibvirtLink(std::string uri) : uri_{std::move(uri)} {}

LibvirtLink::~LibvirtLink()
{
    if (connection_)
        run_in_time([connection = connection_] { return connection->close(); }, Deadline::in(close_time));
}

Answer LibvirtLink::answer(const Libvirt& query, Deadline deadline)
{
    if (!connection_)
        connection_ = std::make_shared<Connection>(uri_);
    if (auto answer = run_in_time([connection = connection_, query] { return connection->answer(query); }, deadline))
        return std::move(*answer);
    connection_.reset();
    return {.state = Answer::State::timed_out, .out = {}, .err = "libvirt does not answer\n"};
}

}  // namespace gpupass
