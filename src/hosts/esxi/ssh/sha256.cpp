#include "hosts/esxi/ssh/sha256.hpp"

#include <openssl/evp.h>

#include <array>

namespace gpupass::esxi {

std::string sha256_hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), sum.data(), &size, EVP_sha256(), nullptr) != 1)
        return "";
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += digits[sum[i] >> 4];
        out += digits[sum[i] & 15];
    }
    return out;
}

}  // namespace gpupass::esxi
