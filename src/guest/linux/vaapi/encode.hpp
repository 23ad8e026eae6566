#pragma once

#include "guest/linux/vaapi/pipeline.hpp"

namespace gpupass::guest::vaapi {

/// Encodes a picture as one IDR picture of H.264 with a constant QP of 22. Throws VaError.
struct Encoded {
    std::size_t size{};  // in bytes
    CodedPicture coded;
};
Encoded encode(const Display& display, const Ability& ability, const Picture& picture);

}  // namespace gpupass::guest::vaapi
