#include "transport/ssh_tunnel.hpp"

#include "transport/net.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace gpupass {
namespace {

constexpr std::size_t chunk = 32'768;

}  // namespace

SshTunnel::SshTunnel(std::unique_ptr<SshSession> session, ssh_channel channel) : session_{std::move(session)}, channel_{channel} {}

Result<std::unique_ptr<SshTunnel>> SshTunnel::open(std::unique_ptr<SshSession> session, const SshHop& next, Deadline deadline)
{
    const std::string doing = "tunnel to " + next.host + " port " + std::to_string(next.port);
    ssh_channel channel = ssh_channel_new(session->get());
    const auto rc = session->repeat([&] { return ssh_channel_open_forward(channel, next.host.c_str(), next.port, "127.0.0.1", 0); },
                                    SSH_AGAIN, deadline);
    if (!rc || *rc != SSH_OK) {
        Error error = rc ? session->broken(doing) : session->too_late(doing);
        if (rc && session->is_alive())
            error.what = "the jump host made no connection" + error.what.substr(std::min(error.what.find(": "), error.what.size()));
        return at(std::move(error), "jump host " + session->peer());
    }
    std::unique_ptr<SshTunnel> tunnel{new SshTunnel{std::move(session), channel}};
    if (!tunnel->connect_ends())
        return fail(ErrorKind::failed, "no socket pair: " + words_of(errno));
    tunnel->thread_ = std::jthread{[raw = tunnel.get()] { raw->carry(); }};
    return tunnel;
}

SshTunnel::~SshTunnel()
{
    stop_writer_.reset();
}

bool SshTunnel::connect_ends()
{
    std::array<int, 2> pair{}, stop{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return false;
    ours_ = Fd{pair[0]};
    theirs_ = Fd{pair[1]};
    if (pipe2(stop.data(), O_CLOEXEC) != 0)
        return false;
    stop_reader_ = Fd{stop[0]};
    stop_writer_ = Fd{stop[1]};
    return fcntl(ours_.get(), F_SETFL, O_NONBLOCK) == 0;
}

/// Reading the channel comes last before waiting: writing to it may have brought in bytes that no poll() tells of.
void SshTunnel::carry()
{
    const NoSigpipe no_sigpipe;
    while (carry_there() && carry_back()) {
        pollfd stop{.fd = stop_reader_.get(), .events = POLLIN, .revents = 0};
        if (poll(&stop, 1, 0) > 0)
            break;
        wait();
    }
    ours_.reset();
}

bool SshTunnel::carry_there()
{
    std::array<char, chunk> buffer{};
    if (there_.empty() && !ours_ended_) {
        const auto got = recv(ours_.get(), buffer.data(), buffer.size(), 0);
        if (got > 0)
            there_.assign(buffer.data(), static_cast<std::size_t>(got));
        else if (got == 0 || errno != EAGAIN)
            ours_ended_ = true;
    }
    const auto room = std::min<std::size_t>(there_.size(), ssh_channel_window_size(channel_));
    if (room > 0) {
        const int sent = ssh_channel_write(channel_, there_.data(), static_cast<std::uint32_t>(room));
        if (sent < 0)
            return false;
        there_.erase(0, static_cast<std::size_t>(sent));
    }
    return !ours_ended_ || !there_.empty();
}

bool SshTunnel::carry_back()
{
    while (true) {
        if (!back_.empty()) {
            const auto sent = send(ours_.get(), back_.data(), back_.size(), MSG_NOSIGNAL);
            if (sent < 0)
                return errno == EAGAIN;
            back_.erase(0, static_cast<std::size_t>(sent));
            continue;
        }
        std::array<char, chunk> buffer{};
        const int got = ssh_channel_read_nonblocking(channel_, buffer.data(), buffer.size(), 0);
        if (got < 0)
            return got == SSH_AGAIN;
        if (got == 0)
            return !ssh_channel_is_eof(channel_) && !ssh_channel_is_closed(channel_);
        back_.assign(buffer.data(), static_cast<std::size_t>(got));
    }
}

void SshTunnel::wait() const
{
    std::array<pollfd, 3> polled{};
    polled[0] = {.fd = ssh_get_fd(session_->get()), .events = POLLIN, .revents = 0};
    if (ssh_get_poll_flags(session_->get()) & SSH_WRITE_PENDING)
        polled[0].events |= POLLOUT;
    polled[1] = {.fd = ours_.get(), .events = 0, .revents = 0};
    if (!back_.empty())
        polled[1].events |= POLLOUT;
    if (there_.empty())
        polled[1].events |= POLLIN;
    polled[2] = {.fd = stop_reader_.get(), .events = POLLIN, .revents = 0};
    acknowledge_at_once(polled[0].fd);
    poll(polled.data(), polled.size(), -1);
}

}  // namespace gpupass
