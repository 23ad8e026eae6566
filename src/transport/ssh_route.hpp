#pragma once

#include "model/result.hpp"
#include "transport/ssh.hpp"
#include "transport/uri.hpp"

#include <cstdint>
#include <string>
#include <vector>

// From a host URI and the ssh config to the machines that lie on the way, the last one being the host itself.

namespace gpupass {

struct SshHop {
    std::string user;
    std::string host;
    std::uint16_t port{22};
    std::vector<std::string> identities;  // private key files, in the order they are tried
    bool identity_given{};                // the first of them was given by --identity: it goes before the agent
    bool use_agent{true};
    std::string agent_socket;             // "" = $SSH_AUTH_SOCK
    std::vector<std::string> known_hosts;  // the first is the one that new keys are written to
    std::optional<std::string> password;  // only for the host itself: a jump host never gets it
    /// "host" or "[host]:2222", as known_hosts has it.
    std::string known_name() const;
    /// "root@nuc" or "root@nuc port 2222", for messages.
    std::string text() const;
    bool operator==(const SshHop&) const = default;
};

Result<std::vector<SshHop>> ssh_route(const HostUri& uri, const SshOptions& options);

}  // namespace gpupass
