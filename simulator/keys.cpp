#include "keys.hpp"

#include <sys/stat.h>

namespace gpupass::sim {

namespace {

Key read_key(const std::filesystem::path& file)
{
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_file(file.c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK)
        return nullptr;
    return Key{key};
}

}  // namespace

Key load_or_make_key(const std::filesystem::path& file)
{
    if (auto known = read_key(file))
        return known;
    ssh_key made = nullptr;
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &made) != SSH_OK)
        return nullptr;
    const Key key{made};
    auto beside = file;
    beside += ".new";
    const auto mask = ::umask(077);
    const int written = ssh_pki_export_privkey_file(key.get(), nullptr, nullptr, nullptr, beside.c_str());
    ::umask(mask);
    std::error_code error;
    if (written == SSH_OK)
        std::filesystem::rename(beside, file, error);
    return written == SSH_OK && !error ? read_key(file) : nullptr;
}

std::string public_text(const Key& key)
{
    char* text = nullptr;
    if (ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK)
        return "";
    std::string result = std::string{ssh_key_type_to_char(ssh_key_type(key.get()))} + " " + text;
    ssh_string_free_char(text);
    return result;
}

}  // namespace gpupass::sim
