#include "transport/net.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

namespace gpupass {
namespace {

constexpr std::size_t most_addresses = 16;
constexpr std::chrono::milliseconds head_start{250};
constexpr int stalled_after_ms = 30'000;

struct Address {
    sockaddr_storage bytes{};
    socklen_t size{};
};

struct Lookup {
    std::mutex mutex;
    std::condition_variable done_changed;
    bool done{};
    int error{};
    std::vector<Address> addresses;
};

void look_up(const std::string& host, std::uint16_t port, int flags, Lookup& into)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list{};
    const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    const std::lock_guard lock{into.mutex};
    for (auto* each = error ? nullptr : list; each && into.addresses.size() < most_addresses; each = each->ai_next) {
        Address address{.bytes = {}, .size = each->ai_addrlen};
        std::memcpy(&address.bytes, each->ai_addr, each->ai_addrlen);
        into.addresses.push_back(address);
    }
    if (!error)
        freeaddrinfo(list);
    into.error = error;
    into.done = true;
    into.done_changed.notify_all();
}

/// The system's resolver knows no deadline, so a thread of its own waits for it; one that comes too late is left behind.
Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port, Deadline deadline)
{
    auto lookup = std::make_shared<Lookup>();
    look_up(host, port, AI_NUMERICHOST, *lookup);
    if (lookup->error) {
        lookup->done = false;
        std::thread{[lookup, host, port] { look_up(host, port, AI_ADDRCONFIG, *lookup); }}.detach();
    }
    std::unique_lock lock{lookup->mutex};
    if (!lookup->done_changed.wait_until(lock, deadline.at, [&] { return lookup->done; }))
        return fail(ErrorKind::timeout, "the name was not resolved in time", "check the name and the DNS server");
    if (lookup->error)
        return fail(ErrorKind::unreachable, std::string{"the name cannot be resolved: "} + gai_strerror(lookup->error),
                    "check the name of the host");
    return lookup->addresses;
}

void set(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof value);
}

/// A peer that is gone is noticed within half a minute, in an idle connection and in a busy one.
void tune(int fd)
{
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, stalled_after_ms);
}

/// Connections under way to the addresses of one host.
class Race {
public:
    void start(const Address& address)
    {
        Fd fd{socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        const auto* where = reinterpret_cast<const sockaddr*>(&address.bytes);
        if (fd && (connect(fd.get(), where, address.size) == 0 || errno == EINPROGRESS))
            runners_.push_back(std::move(fd));
        else
            last_error_ = errno;
    }

    /// The first that is connected, or none within `time`; drops those that failed.
    Fd wait(std::chrono::milliseconds time)
    {
        std::vector<pollfd> polled;
        for (const auto& fd : runners_)
            polled.push_back({.fd = fd.get(), .events = POLLOUT, .revents = 0});
        poll(polled.data(), polled.size(), static_cast<int>(time.count()));
        for (std::size_t i = polled.size(); i-- > 0;) {
            if (!polled[i].revents)
                continue;
            Fd fd = std::move(runners_[i]);
            runners_.erase(runners_.begin() + static_cast<std::ptrdiff_t>(i));
            int error{};
            socklen_t size = sizeof error;
            if (getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
                return fd;
            last_error_ = error;
        }
        return {};
    }

    bool empty() const { return runners_.empty(); }
    int last_error() const { return last_error_; }

private:
    std::vector<Fd> runners_;
    int last_error_{};
};

Result<Fd> connect_any(const std::vector<Address>& addresses, Deadline deadline)
{
    Race race;
    for (std::size_t next = 0; next < addresses.size() || !race.empty();) {
        if (deadline.passed())
            return fail(ErrorKind::timeout, "no answer to the connection attempt", "check that the host is up and that SSH is enabled");
        if (next < addresses.size())
            race.start(addresses[next++]);
        if (race.empty())
            continue;
        const auto time = next < addresses.size() ? std::min(head_start, deadline.left()) : deadline.left();
        if (Fd fd = race.wait(time))
            return fd;
    }
    return fail(ErrorKind::unreachable, "no connection: " + words_of(race.last_error()), "check that the host is up and that SSH is enabled");
}

}  // namespace

void acknowledge_at_once(int fd)
{
    set(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
}

Result<Fd> connect_tcp(const std::string& host, std::uint16_t port, Deadline deadline)
{
    const std::string place = host + " port " + std::to_string(port);
    auto addresses = resolve(host, port, deadline);
    if (!addresses)
        return at(std::move(addresses.error()), place);
    auto fd = connect_any(*addresses, deadline);
    if (!fd)
        return at(std::move(fd.error()), place);
    tune(fd->get());
    return fd;
}

}  // namespace gpupass
