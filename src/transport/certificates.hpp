#pragma once

#include "model/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Which certificate a web service may show. One that was pinned is the only one; of the others those that a certificate
// authority we trust has signed for that name. Nothing turns this off.

namespace gpupass {

/// SHA-1 or SHA-256 of the certificate's DER form in upper-case pairs with colons between, as vSphere writes them. Takes both
/// cases, with colons or without; nullopt for what is neither 20 nor 32 bytes.
std::optional<std::string> parse_thumbprint(std::string_view text);

/// Pins, one a line: `HOST:PORT THUMBPRINT`. A file that is missing has none. An error when the file cannot be read, or has a line
/// for this name whose thumbprint is none: who pinned wants no other certificate. Lines about other names may be anything.
Result<std::vector<std::string>> pinned_thumbprints(const std::string& file, const std::string& name);

/// Appends a pin; makes the file (0600) and its folder (0700) where they are missing.
Result<void> remember_certificate(const std::string& file, const std::string& name, const std::string& thumbprint);

/// What a TLS handshake found.
struct ShownCertificate {
    std::string sha1;      // thumbprints; "" before a certificate came
    std::string sha256;
    bool is_trusted{};     // signed by an authority we trust, for this name, and in its time
    std::string why_not;   // in words, when it is not
};

/// True when one of the pins is this certificate.
bool is_pinned(const std::vector<std::string>& pins, const ShownCertificate& shown);

/// Registers the check of certificates with an SSL_CTX (given as void*). With pins, one of them must be shown; without, the
/// authorities decide. `shown` must outlive the connection, and is filled in either way.
struct CertificateCheck {
    std::vector<std::string> pins;
    std::string host;  // name or address that the certificate must be for
    ShownCertificate shown;
};
void install_check(void* ssl_ctx, CertificateCheck& check);

}  // namespace gpupass
