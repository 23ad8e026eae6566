#pragma once

#include "model/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// The few keywords of an ssh config that gpupass honours. libssh can read such files too, but turns ProxyJump into a
// program it starts and looks for the home folder elsewhere than $HOME.

namespace gpupass {

struct SshHostConfig {
    std::string host_name;  // "" where the config says nothing, here and below
    std::string user;
    std::uint16_t port{};
    std::vector<std::string> identity_files;  // with ~ and %-tokens as written
    bool identities_only{};
    std::string identity_agent;
    std::vector<std::string> known_hosts_files;
    std::string proxy_jump;  // as written: "a,user@b:22" or "none"
    bool operator==(const SshHostConfig&) const = default;
};

struct ConfigText {
    std::string name;  // for messages
    std::string text;
};

/// Gives the files an Include line means, in order.
using IncludeReader = std::function<std::vector<ConfigText>(std::string_view pattern)>;

/// What `config` says of `host` (the name as the user wrote it). As in ssh, the first value of a keyword wins. An
/// error names file and line: a Match or ProxyCommand that would apply but is not understood, a bad number, a line
/// without a value.
Result<SshHostConfig> ssh_config_for(const ConfigText& config, std::string_view host, const IncludeReader& include);

/// The same from a file; `must_exist` for one that the user named. Include is relative to the folder of the file.
Result<SshHostConfig> read_ssh_config(const std::filesystem::path& file, std::string_view host, bool must_exist);

/// `*` and `?` of a Host line or a list of them with `!`.
bool matches_host_patterns(const std::vector<std::string>& patterns, std::string_view host);

}  // namespace gpupass
