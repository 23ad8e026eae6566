#include "diagnose/decoder.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

// Any bytes, cut anywhere: what comes out does not depend on the cuts.

namespace {

std::string decoded(std::string_view bytes, std::size_t step)
{
    std::string text;
    const auto out = [&](std::string_view part) { text += part; };
    const auto decoder = gpupass::decoder_for(bytes.substr(0, 4096));
    if (!decoder)
        return text;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
        decoder->feed(bytes.substr(0, step), out);
    decoder->finish(out);
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    if (decoded(bytes, 1) != decoded(bytes, size + 1))
        std::abort();
    return 0;
}
