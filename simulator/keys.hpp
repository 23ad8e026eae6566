#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <libssh/libssh.h>

// The keys of a simulated machine: its own, and one that its users may log in with.

namespace gpupass::sim {

struct FreeKey {
    void operator()(ssh_key_struct* key) const { ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, FreeKey>;

/// Reads an ed25519 private key, or makes it (mode 0600). Null when neither is possible.
Key load_or_make_key(const std::filesystem::path& file);

/// "ssh-ed25519 AAAA...".
std::string public_text(const Key& key);

}  // namespace gpupass::sim
