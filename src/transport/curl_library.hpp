#pragma once

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <string>

// libcurl by dlopen: it costs 6 ms of every start, and only hosts behind the vSphere API need it.

namespace gpupass {

/// The functions that we call, under their names.
struct CurlLibrary {
    std::string missing;  // why it cannot be used; "" when it can
// clang-format off
#define GPUPASS_CURL_FUNCTIONS(X) \
    X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_perform) X(curl_easy_setopt) X(curl_easy_strerror) \
    X(curl_global_init) X(curl_slist_append) X(curl_slist_free_all)
// clang-format on
#define GPUPASS_MEMBER(name) decltype(&::name) name{};
    GPUPASS_CURL_FUNCTIONS(GPUPASS_MEMBER)
#undef GPUPASS_MEMBER
    /// Of the TLS library that it uses: certificates are judged by us.
    decltype(&::SSL_CTX_set_cert_verify_callback) SSL_CTX_set_cert_verify_callback{};
};

/// Loaded with the first call, for good.
const CurlLibrary& curl_library();

}  // namespace gpupass
