#pragma once

#include "transport/machine.hpp"
#include "transport/uri.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gpupass {

struct HttpsOptions {
    std::string thumbprint;    // the only certificate there may be; "" = see certificates
    std::string certificates;  // file of pins, see certificates.hpp; "" = none, and nothing is remembered
    std::string ca_file;       // PEM; "" = the authorities this computer trusts
    std::chrono::milliseconds connect_time{15'000};
    /// A certificate that nobody vouches for: true to trust and pin it. Without a person: no.
    std::function<bool(std::string_view host, std::string_view thumbprint, std::string_view why)> trust_new_certificate;
};

/// A web service over HTTPS that answers Http queries, one after another on one connection, with cookies. disconnect() forgets
/// the cookies too. Any other query is answered with exit code 127.
std::unique_ptr<Machine> make_https_machine(const HostUri& uri, HttpsOptions options);

}  // namespace gpupass
