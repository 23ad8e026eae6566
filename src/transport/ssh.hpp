#pragma once

#include "transport/machine.hpp"
#include "transport/uri.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gpupass {

/// What transport may ask a person. Each returns nullopt / false when there is no terminal: that means no.
struct SshPrompts {
    /// An unknown host key: true to trust and remember it.
    std::function<bool(std::string_view host, std::string_view key_type, std::string_view fingerprint)> trust_new_host;
    /// A password or an answer to a keyboard-interactive prompt, or the passphrase of a key.
    std::function<std::optional<std::string>(std::string_view prompt)> secret;
};

struct SshOptions {
    std::string identity;           // --identity FILE; "" = agent and the usual files
    std::string known_hosts;        // --known-hosts FILE; "" = ~/.ssh/known_hosts
    std::string config;             // ssh config file; "" = $HOME/.ssh/config
    std::optional<std::string> password;  // from --password-file or GPUPASS_PASSWORD; never logged
    std::chrono::milliseconds connect_time{15'000};  // from the first packet to a usable session, each hop
    SshPrompts prompts;
};

/// Connects at the first ask(), again after a disconnect(). Never starts another program (no `ssh -W`): jump hosts
/// are direct-tcpip channels of our own, with the host key of each hop checked.
std::unique_ptr<Machine> make_ssh_machine(const HostUri& uri, SshOptions options);

}  // namespace gpupass
