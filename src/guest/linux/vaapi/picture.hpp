#pragma once

#include "guest/linux/vaapi/h264.hpp"

// The pictures that are decoded and encoded: NV12, as all VA drivers have it.

namespace gpupass::guest::vaapi {

inline constexpr unsigned width = 256;  // hardware has a least size: 128 at AMD, 32 at Intel
inline constexpr unsigned height = 256;
inline constexpr unsigned mb_size = 16;  // of a macroblock

struct Picture {
    Bytes luma = Bytes(width * height);        // rows of `width`
    Bytes chroma = Bytes(width * height / 2);  // Cb and Cr in turns, height / 2 rows of `width`
    friend bool operator==(const Picture&, const Picture&) = default;
};

/// Noise, none of it 0: what is decoded without loss.
Picture noise_picture();
/// Gradients with blocks: what an encoder does well.
Picture smooth_picture();
/// What stands in a surface before it is decoded to, so that nothing old is taken for an answer.
Picture grey_picture();

/// A whole H.264 stream (annex B) with one IDR picture of I_PCM macroblocks: a decoder must give these very bytes.
Bytes pcm_stream(const Picture& picture);

/// "" when equal, else the first byte that is not.
std::string first_difference(const Picture& found, const Picture& wanted);
/// Over luma and chroma, in dB; 99 when equal.
double psnr(const Picture& found, const Picture& wanted);

}  // namespace gpupass::guest::vaapi
