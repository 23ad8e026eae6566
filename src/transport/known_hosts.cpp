#include "transport/known_hosts.hpp"

#include "transport/fd.hpp"
#include "transport/text.hpp"

#include <fcntl.h>

#include <filesystem>
#include <functional>

namespace gpupass {
namespace {

constexpr std::size_t largest_file = 16u << 20;
constexpr std::size_t longest_line = 16'384;

struct Entry {
    std::string place;
    bool revoked{};
    SshKey key;
};

SshKey parse_key(const std::string& name, const std::string& line)
{
    ssh_knownhosts_entry* entry{};
    if (ssh_known_hosts_parse_line(name.c_str(), line.c_str(), &entry) != SSH_OK)
        return {};
    SshKey key{std::exchange(entry->publickey, nullptr)};
    ssh_knownhosts_entry_free(entry);
    return key;
}

/// "@revoked pattern key" becomes a revoked "pattern key"; authorities are of no use to us.
std::optional<Entry> parse_line(const std::string& name, std::string line, std::string place)
{
    for (char& c : line)
        if (c == '\t' || c == '\r' || c == '\0')
            c = ' ';
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    const bool revoked = line.starts_with("@revoked ");
    if (revoked)
        line.erase(0, std::min(line.find_first_not_of(' ', 9), line.size()));
    if (line.empty() || line.size() > longest_line || line.front() == '#' || line.front() == '@')
        return std::nullopt;
    SshKey key = parse_key(name, line);
    if (!key)
        return std::nullopt;
    return Entry{std::move(place), revoked, std::move(key)};
}

std::vector<Entry> entries_of(const std::vector<std::string>& files, const std::string& name)
{
    std::vector<Entry> entries;
    for (const auto& file : files) {
        const std::string text = read_small_file(file, largest_file).value_or("");
        std::size_t number = 0;
        for (std::size_t begin = 0; begin < text.size();) {
            const auto end = std::min(text.find('\n', begin), text.size());
            auto entry = parse_line(name, text.substr(begin, end - begin), file + " line " + std::to_string(++number));
            if (entry)
                entries.push_back(std::move(*entry));
            begin = end + 1;
        }
    }
    return entries;
}

std::string algorithms_of(ssh_key key)
{
    return ssh_key_type(key) == SSH_KEYTYPE_RSA ? "rsa-sha2-512,rsa-sha2-256" : type_name_of(key);
}

}  // namespace

std::string type_name_of(ssh_key key)
{
    switch (ssh_key_type(key)) {
    case SSH_KEYTYPE_ECDSA_P256:
    case SSH_KEYTYPE_ECDSA_P384:
    case SSH_KEYTYPE_ECDSA_P521: return ssh_pki_key_ecdsa_name(key);
    default: {
        const char* name = ssh_key_type_to_char(ssh_key_type(key));
        return name ? name : "unknown";
    }
    }
}

std::string fingerprint_of(ssh_key key)
{
    unsigned char* hash{};
    std::size_t size{};
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != SSH_OK)
        return "unknown";
    const SshText text{ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size)};
    ssh_clean_pubkey_hash(&hash);
    return text ? text.get() : "unknown";
}

KnownHost check_host_key(const std::vector<std::string>& files, const std::string& name, ssh_key key)
{
    using Verdict = KnownHost::Verdict;
    KnownHost found;
    for (const Entry& entry : entries_of(files, name)) {
        const bool same = ssh_key_cmp(entry.key.get(), key, SSH_KEY_CMP_PUBLIC) == 0;
        if (entry.revoked && same)
            return {Verdict::revoked, entry.place};
        if (entry.revoked || found.verdict == Verdict::known)
            continue;
        if (same)
            found = {Verdict::known, {}};
        else if (found.verdict == Verdict::unknown)
            found = {Verdict::changed, entry.place};
    }
    return found;
}

std::string known_algorithms(const std::vector<std::string>& files, const std::string& name)
{
    std::string list;
    for (const Entry& entry : entries_of(files, name)) {
        const std::string algorithms = algorithms_of(entry.key.get());
        if (!entry.revoked && !list.contains(algorithms))
            list += (list.empty() ? "" : ",") + algorithms;
    }
    return list;
}

std::string known_hosts_line(const std::string& name, ssh_key key)
{
    char* base64{};
    if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK)
        return {};
    const SshText text{base64};
    return name + " " + type_name_of(key) + " " + text.get();
}

Result<void> remember_host_key(const std::string& file, const std::string& name, ssh_key key)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (const fs::path folder = fs::path{file}.parent_path(); !folder.empty() && fs::create_directories(folder, error))
        fs::permissions(folder, fs::perms::owner_all, error);
    const auto before = read_small_file(file, largest_file).value_or("");
    const std::string line = (before.empty() || before.ends_with('\n') ? "" : "\n") + known_hosts_line(name, key) + "\n";
    const Fd fd{open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd || write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return fail(ErrorKind::failed, "the host key cannot be written to " + file + ": " + words_of(errno),
                    "check the folder's owner and mode, or give --known-hosts FILE");
    return {};
}

}  // namespace gpupass
