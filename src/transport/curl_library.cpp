#include "transport/curl_library.hpp"

#include "transport/library.hpp"

namespace gpupass {
namespace {

CurlLibrary load()
{
    CurlLibrary functions;
    Library curl{"libcurl.so.4"};
#define GPUPASS_FIND(name) curl.find(#name, functions.name);
    GPUPASS_CURL_FUNCTIONS(GPUPASS_FIND)
#undef GPUPASS_FIND
    Library tls{"libssl.so.3"};
    tls.find("SSL_CTX_set_cert_verify_callback", functions.SSL_CTX_set_cert_verify_callback);
    functions.missing = curl.missing().empty() ? tls.missing() : curl.missing();
    if (functions.missing.empty() && functions.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        functions.missing = "libcurl does not start";
    return functions;
}

}  // namespace

const CurlLibrary& curl_library()
{
    static const auto* const library = new CurlLibrary{load()};
    return *library;
}

}  // namespace gpupass
