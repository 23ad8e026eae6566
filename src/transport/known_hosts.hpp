#pragma once

#include "model/result.hpp"
#include "transport/ssh_handles.hpp"

#include <string>
#include <vector>

// Host keys we trust: OpenSSH's known_hosts files. libssh reads them too, but only two, without @revoked, and cannot
// say which line speaks against a key.

namespace gpupass {

struct KnownHost {
    enum class Verdict { known, unknown, changed, revoked };
    Verdict verdict{Verdict::unknown};
    std::string place;  // "FILE line N" of the entry that speaks against the key
};

/// `name` as SshHop::known_name() makes it. A file that is missing or a line that makes no sense counts as nothing.
KnownHost check_host_key(const std::vector<std::string>& files, const std::string& name, ssh_key key);

/// Algorithms for the negotiation: those of the keys known for `name` first, "" when none is known.
std::string known_algorithms(const std::vector<std::string>& files, const std::string& name);

/// The line that makes a key known.
std::string known_hosts_line(const std::string& name, ssh_key key);

/// Appends that line; makes the file (0600) and its folder (0700) where they are missing.
Result<void> remember_host_key(const std::string& file, const std::string& name, ssh_key key);

}  // namespace gpupass
