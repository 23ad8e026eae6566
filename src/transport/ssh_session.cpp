#include "transport/ssh_session.hpp"

#include "transport/known_hosts.hpp"
#include "transport/net.hpp"
#include "transport/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace gpupass {
namespace {

constexpr std::chrono::milliseconds sign_of_life_every{15'000};
constexpr const char* host_key_algorithms =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";

/// libssh puts the socket into blocking mode once it is connected, and a full socket would then hold us in send().
void unblock(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void set_options(ssh_session session, const SshHop& hop, int socket)
{
    const bool no = false;
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(session, SSH_OPTIONS_SSH_DIR, "/nonexistent");
    ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session, SSH_OPTIONS_USER, hop.user.c_str());
    ssh_options_set(session, SSH_OPTIONS_FD, &socket);
    // A key we know is asked for first, so that a host with several keys is recognised by any of them.
    const std::string known = known_algorithms(hop.known_hosts, hop.known_name());
    const std::string wanted = known.empty() ? host_key_algorithms : known + "," + host_key_algorithms;
    ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, wanted.c_str());
}

}  // namespace

SshSession::SshSession(std::string peer) : session_{ssh_new()}, peer_{std::move(peer)}
{
    ssh_set_blocking(session_.get(), 0);
}

Result<std::unique_ptr<SshSession>> SshSession::open(Fd socket, const SshHop& hop, const SshPrompts& prompts, Deadline& deadline)
{
    std::unique_ptr<SshSession> session{new SshSession{hop.text()}};
    auto fine = session->shake_hands(std::move(socket), hop, deadline);
    if (fine)
        fine = check_server(*session, hop, prompts, deadline);
    if (fine)
        fine = authenticate(*session, hop, prompts, deadline);
    if (!fine)
        return at(std::move(fine.error()), hop.text());
    return session;
}

Result<void> SshSession::shake_hands(Fd socket, const SshHop& hop, Deadline deadline)
{
    set_options(get(), hop, socket.get());
    socket.release();  // ssh_connect() takes it over, and ssh_free() closes it
    const auto step = [&] {
        const int rc = ssh_connect(get());
        unblock(ssh_get_fd(get()));
        return rc;
    };
    const auto rc = repeat(step, SSH_AGAIN, deadline);
    if (!rc)
        return std::unexpected(too_late("SSH handshake"));
    if (*rc != SSH_OK)
        return std::unexpected(broken("SSH handshake"));
    return {};
}

bool SshSession::wait(Deadline deadline)
{
    if (deadline.passed())
        return false;
    pollfd polled{.fd = ssh_get_fd(get()), .events = POLLIN, .revents = 0};
    if (polled.fd < 0)
        return true;  // broken: libssh's next call says so
    if (ssh_get_poll_flags(get()) & SSH_WRITE_PENDING)
        polled.events |= POLLOUT;
    acknowledge_at_once(polled.fd);
    const auto time = std::min(deadline.left() + std::chrono::milliseconds{1}, sign_of_life_every);
    if (poll(&polled, 1, static_cast<int>(time.count())) == 0 && time == sign_of_life_every)
        ssh_send_ignore(get(), "");
    return true;
}

bool SshSession::is_usable()
{
    if (is_alive()) {
        const ssh_channel channel = ssh_channel_new(get());  // asking one that was never opened lets libssh read
        ssh_channel_poll(channel, 0);
        ssh_channel_free(channel);
    }
    return is_alive();
}

bool SshSession::is_alive() const
{
    const int fd = ssh_get_fd(get());
    if (fd < 0 || !ssh_is_connected(get()))
        return false;
    char byte{};
    const auto got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

Error SshSession::broken(const std::string& doing) const
{
    const std::string why = printable(ssh_get_error(get()));
    return {.kind = ErrorKind::unreachable,
            .what = "the SSH connection broke" + (why.empty() ? "" : ": " + why),
            .where = {doing},
            .next = "check that the host is up, then run the command again"};
}

Error SshSession::too_late(const std::string& doing) const
{
    return {.kind = ErrorKind::timeout,
            .what = "no answer in time",
            .where = {doing},
            .next = "check that the host is up and answers, then run the command again"};
}

}  // namespace gpupass
