#pragma once

#include "transport/fd.hpp"
#include "transport/machine.hpp"
#include "transport/ssh.hpp"
#include "transport/ssh_handles.hpp"
#include "transport/ssh_route.hpp"

#include <optional>

// One authenticated SSH connection over a socket that somebody else made. libssh runs in its non-blocking mode
// throughout: every wait is a poll() of ours with a deadline.

namespace gpupass {

class SshSession {
public:
    /// Key exchange, host key check and authentication. The time a person takes to answer prompts is added to
    /// `deadline`.
    static Result<std::unique_ptr<SshSession>> open(Fd socket, const SshHop& hop, const SshPrompts& prompts, Deadline& deadline);

    ssh_session get() const { return session_.get(); }
    const std::string& peer() const { return peer_; }

    /// Waits until libssh has something to read or may write, and sends a sign of life where that takes long. False
    /// when the deadline has passed.
    bool wait(Deadline deadline);

    /// Repeats a libssh call that answers `again` until it answers something else; nullopt when time is over.
    template <class Step>
    std::optional<int> repeat(Step step, int again, Deadline deadline)
    {
        for (int rc = step();; rc = step()) {
            if (rc != again)
                return rc;
            if (!wait(deadline))
                return std::nullopt;
        }
    }

    /// False when the connection is closed.
    bool is_alive() const;
    /// The same for a connection that nobody has looked at for a while: reads what has come meanwhile.
    bool is_usable();

    /// Why the connection is of no use any more, in libssh's words made printable.
    Error broken(const std::string& doing) const;
    Error too_late(const std::string& doing) const;

private:
    SshSession(std::string peer);
    Result<void> shake_hands(Fd socket, const SshHop& hop, Deadline deadline);

    std::unique_ptr<ssh_session_struct, Release<ssh_free>> session_;
    std::string peer_;
};

/// Checks the server's key against known_hosts; asks where it is unknown.
Result<void> check_server(SshSession& session, const SshHop& hop, const SshPrompts& prompts, Deadline& deadline);

/// Proves who we are: key, agent, keyboard-interactive, password.
Result<void> authenticate(SshSession& session, const SshHop& hop, const SshPrompts& prompts, Deadline& deadline);

/// Runs `ask`, a question to a person, and moves the deadline by the time it took.
template <class Ask>
auto while_clock_stands(Deadline& deadline, Ask ask)
{
    const auto begin = Clock::now();
    auto answer = ask();
    deadline.at += Clock::now() - begin;
    return answer;
}

}  // namespace gpupass
