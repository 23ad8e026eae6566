#pragma once

#include <libssh/libssh.h>

#include <memory>
#include <string>

namespace gpupass {

template <auto release>
struct Release {
    void operator()(auto* handle) const noexcept { release(handle); }
};
using SshKey = std::unique_ptr<ssh_key_struct, Release<ssh_key_free>>;
using SshText = std::unique_ptr<char, Release<ssh_string_free_char>>;

/// "SHA256:..." of a public key, as OpenSSH shows it.
std::string fingerprint_of(ssh_key key);
/// "ssh-ed25519", "ecdsa-sha2-nistp256" ...
std::string type_name_of(ssh_key key);

}  // namespace gpupass
