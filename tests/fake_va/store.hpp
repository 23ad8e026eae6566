#pragma once

#include <va/va_backend.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// What the fake driver holds. How it behaves is one word in the environment, FAKE_VA:
//   right (or nothing), wrong-picture, no-encoder, no-packed-headers, init-fails, absurd-size, endless, small-image,
//   no-map, many-profiles, bad-slice

namespace fake_va {

using Bytes = std::vector<std::uint8_t>;

constexpr unsigned width = 256;
constexpr unsigned height = 256;
constexpr std::size_t picture_size = width * height * 3 / 2;

struct Buffer {
    VABufferType type{};
    Bytes data;
    VACodedBufferSegment segment{};
};

struct Context {
    VAEntrypoint entrypoint{};
    VASurfaceID target{};
    std::vector<VABufferID> rendered;
};

/// What the last encoded picture was, and what a decoder must be told of it.
struct Remembered {
    Bytes picture;
    unsigned bit_offset{};
    unsigned log2_max_frame_num{};
    bool cabac{};
    int qp{};
};

struct Driver {
    std::string mode;
    VAGenericID next{100};
    std::map<VAGenericID, VAEntrypoint> configs;
    std::map<VAGenericID, Context> contexts;
    std::map<VAGenericID, Bytes> surfaces;  // NV12
    std::map<VAGenericID, Buffer> buffers;
    std::map<VAGenericID, VABufferID> images;
    Remembered remembered;
    bool is(std::string_view word) const { return mode == word; }
};

inline Driver& driver_of(VADriverContextP context) { return *static_cast<Driver*>(context->pDriverData); }

/// Surfaces, buffers and images.
void set_store_functions(VADriverVTable& table);
VAStatus encode(Driver& driver, Context& context);
VAStatus decode(Driver& driver, Context& context);

}  // namespace fake_va
