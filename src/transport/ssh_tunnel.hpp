#pragma once

#include "transport/ssh_session.hpp"

#include <thread>

// A jump host: a direct-tcpip channel whose bytes a thread carries to and from one end of a socket pair. The next
// session runs over the other end like over any socket.

namespace gpupass {

class SshTunnel {
public:
    /// The way from the machine of `session` to host and port. The session belongs to the tunnel's thread from then on.
    static Result<std::unique_ptr<SshTunnel>> open(std::unique_ptr<SshSession> session, const SshHop& next, Deadline deadline);
    ~SshTunnel();
    SshTunnel(const SshTunnel&) = delete;
    SshTunnel& operator=(const SshTunnel&) = delete;

    /// The end for the next session; to be taken once.
    Fd take_socket() { return std::move(theirs_); }

private:
    SshTunnel(std::unique_ptr<SshSession> session, ssh_channel channel);
    bool connect_ends();
    void carry();
    bool carry_there();
    bool carry_back();
    void wait() const;

    std::unique_ptr<SshSession> session_;
    ssh_channel channel_;  // freed by the session
    Fd ours_, theirs_;
    Fd stop_reader_, stop_writer_;
    std::string there_, back_;  // read from one side, not yet taken by the other
    bool ours_ended_{};
    std::jthread thread_;
};

}  // namespace gpupass
