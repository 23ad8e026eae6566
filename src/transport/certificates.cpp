#include "transport/certificates.hpp"

#include "transport/curl_library.hpp"
#include "transport/fd.hpp"
#include "transport/text.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace gpupass {
namespace {

constexpr std::size_t largest_file = 1u << 20;
constexpr std::string_view digits = "0123456789ABCDEF";

std::string thumbprint(X509* certificate, const EVP_MD* kind)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned size = 0;
    if (X509_digest(certificate, kind, sum.data(), &size) != 1)
        return "";
    std::string out;
    for (unsigned i = 0; i < size; ++i)
        (out += i ? ":" : "").append({digits[sum[i] >> 4], digits[sum[i] & 15]});
    return out;
}

bool is_for(X509* certificate, const std::string& host)
{
    return X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1 || X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

/// Called by OpenSSL with the chain that the server showed. Without exceptions: it is C that calls.
int verify(X509_STORE_CTX* chain, void* user) noexcept
{
    auto& check = *static_cast<CertificateCheck*>(user);
    X509* const certificate = X509_STORE_CTX_get0_cert(chain);
    if (!certificate)
        return 0;
    check.shown.sha1 = thumbprint(certificate, EVP_sha1());
    check.shown.sha256 = thumbprint(certificate, EVP_sha256());
    if (!check.pins.empty())
        return is_pinned(check.pins, check.shown);
    const bool is_signed = X509_verify_cert(chain) == 1;
    check.shown.is_trusted = is_signed && is_for(certificate, check.host);
    if (!is_signed)
        check.shown.why_not = X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain));
    else if (!check.shown.is_trusted)
        check.shown.why_not = "it is for another name";
    return check.shown.is_trusted;
}

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::optional<std::string> parse_thumbprint(std::string_view text)
{
    for (const std::string_view prefix : {"SHA256:", "SHA1:", "sha256:", "sha1:"})
        if (text.starts_with(prefix))
            text.remove_prefix(prefix.size());
    std::string out;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ':' && count % 2 == 0 && count > 0)
            continue;
        const int value = hex_value(text[i]);
        if (value < 0)
            return std::nullopt;
        if (count % 2 == 0 && count > 0)
            out += ':';
        out += digits[static_cast<std::size_t>(value)];
        ++count;
    }
    return count == 40 || count == 64 ? std::optional{out} : std::nullopt;
}

Result<std::vector<std::string>> pinned_thumbprints(const std::string& file, const std::string& name)
{
    std::error_code error;
    if (!std::filesystem::exists(file, error) && !error)
        return std::vector<std::string>{};
    const auto text = read_small_file(file, largest_file);
    if (!text)
        return at({.kind = ErrorKind::unauthorised, .what = "the file of trusted certificates cannot be read", .where = {}, .next = "look at its mode and size"}, file);
    constexpr std::string_view blanks = " \t\r";
    std::vector<std::string> pins;
    for (std::string_view rest = *text; !rest.empty();) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const auto blank = line.find_first_of(blanks);
        if (line.substr(0, blank) != name)
            continue;
        line.remove_prefix(std::min(line.find_first_not_of(blanks, std::min(blank, line.size())), line.size()));
        auto pin = parse_thumbprint(line.substr(0, line.find_last_not_of(blanks) + 1));
        if (!pin)
            return at({.kind = ErrorKind::unauthorised, .what = "the thumbprint that is pinned for " + name + " is none", .where = {},
                       .next = "it is the SHA-1 or SHA-256 of the certificate: 20 or 32 pairs of hexadecimal digits"}, file);
        pins.push_back(std::move(*pin));
    }
    return pins;
}

Result<void> remember_certificate(const std::string& file, const std::string& name, const std::string& pin)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (const fs::path folder = fs::path{file}.parent_path(); !folder.empty() && fs::create_directories(folder, error))
        fs::permissions(folder, fs::perms::owner_all, error);
    const auto before = read_small_file(file, largest_file).value_or("");
    const std::string line = (before.empty() || before.ends_with('\n') ? "" : "\n") + name + " " + pin + "\n";
    const Fd fd{open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd || write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return fail(ErrorKind::failed, "the certificate's thumbprint cannot be written to " + file + ": " + words_of(errno),
                    "check the folder's owner and mode, or give --known-hosts FILE");
    return {};
}

bool is_pinned(const std::vector<std::string>& pins, const ShownCertificate& shown)
{
    return std::ranges::any_of(pins, [&](const std::string& pin) { return !pin.empty() && (pin == shown.sha1 || pin == shown.sha256); });
}

void install_check(void* ssl_ctx, CertificateCheck& check)
{
    curl_library().SSL_CTX_set_cert_verify_callback(static_cast<SSL_CTX*>(ssl_ctx), verify, &check);
}

}  // namespace gpupass
