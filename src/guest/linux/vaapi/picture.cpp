#include "guest/linux/vaapi/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gpupass::guest::vaapi {

namespace {

constexpr unsigned i_pcm = 25;  // mb_type in an I slice (table 7-11)

std::uint8_t gradient(unsigned x, unsigned y, unsigned most)
{
    return static_cast<std::uint8_t>(32 + (x + y) * 160 / (2 * most));
}

/// One of the colour planes' 8x8 samples; `first` is 0 for Cb, 1 for Cr.
void write_chroma(const Picture& picture, unsigned mb_x, unsigned mb_y, unsigned first, BitWriter& out)
{
    for (unsigned y = mb_y * 8; y < mb_y * 8 + 8; ++y)
        for (unsigned x = mb_x * 8; x < mb_x * 8 + 8; ++x)
            out.byte(picture.chroma[y * width + 2 * x + first]);
}

void write_pcm(const Picture& picture, unsigned mb_x, unsigned mb_y, BitWriter& out)
{
    out.ue(i_pcm);
    out.align();
    for (unsigned y = mb_y * mb_size; y < (mb_y + 1) * mb_size; ++y)
        for (unsigned x = mb_x * mb_size; x < (mb_x + 1) * mb_size; ++x)
            out.byte(picture.luma[y * width + x]);
    write_chroma(picture, mb_x, mb_y, 0, out);
    write_chroma(picture, mb_x, mb_y, 1, out);
}

std::string difference(const char* plane, const Bytes& found, const Bytes& wanted)
{
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (found[i] != wanted[i])
            return fmt::format("{} at {},{} is {}, not {}", plane, i % width, i / width, found[i], wanted[i]);
    return "";
}

double squares(const Bytes& found, const Bytes& wanted)
{
    double sum = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        sum += std::pow(double{1} * found[i] - wanted[i], 2);
    return sum;
}

}  // namespace

Picture noise_picture()
{
    Picture picture;
    std::uint32_t x = 1;
    const auto noise = [&] {
        x = x * 1664525u + 1013904223u;  // Numerical Recipes' generator
        return static_cast<std::uint8_t>(16 + (x >> 24) % 220);
    };
    std::generate(picture.luma.begin(), picture.luma.end(), noise);
    std::generate(picture.chroma.begin(), picture.chroma.end(), noise);
    return picture;
}

Picture smooth_picture()
{
    Picture picture;
    for (unsigned y = 0; y < height; ++y)
        for (unsigned x = 0; x < width; ++x) {
            const bool in_block = x / 40 % 2 == 1 && y / 40 % 2 == 1;
            picture.luma[y * width + x] = in_block ? static_cast<std::uint8_t>(200 - x / 4) : gradient(x, y, width);
        }
    for (unsigned y = 0; y < height / 2; ++y)
        for (unsigned x = 0; x < width / 2; ++x) {
            picture.chroma[y * width + 2 * x] = gradient(x, y, width);
            picture.chroma[y * width + 2 * x + 1] = gradient(width / 2 - x, y, width);
        }
    return picture;
}

Picture grey_picture()
{
    Picture picture;
    std::ranges::fill(picture.luma, std::uint8_t{126});
    std::ranges::fill(picture.chroma, std::uint8_t{128});
    return picture;
}

Bytes pcm_stream(const Picture& picture)
{
    // Level 5.1: a picture without compression is larger than lower levels allow.
    const Sequence sequence{.level_idc = 51, .width_in_mbs = width / mb_size, .height_in_mbs = height / mb_size};
    const Parameters parameters;
    const Slice slice{.disable_deblocking_filter_idc = 1};
    BitWriter out;
    write_slice_header(sequence, parameters, slice, out);
    for (unsigned y = 0; y < height / mb_size; ++y)
        for (unsigned x = 0; x < width / mb_size; ++x)
            write_pcm(picture, x, y, out);
    out.end();

    Bytes stream = sequence_unit(sequence);
    for (const Bytes& unit : {parameters_unit(parameters), nal_unit(idr_nal, out.bytes())})
        stream.insert(stream.end(), unit.begin(), unit.end());
    return stream;
}

std::string first_difference(const Picture& found, const Picture& wanted)
{
    const std::string luma = difference("luma", found.luma, wanted.luma);
    return luma.empty() ? difference("chroma", found.chroma, wanted.chroma) : luma;
}

double psnr(const Picture& found, const Picture& wanted)
{
    const double sum = squares(found.luma, wanted.luma) + squares(found.chroma, wanted.chroma);
    const double mean = sum / static_cast<double>(wanted.luma.size() + wanted.chroma.size());
    return mean == 0 ? 99 : 10 * std::log10(255.0 * 255.0 / mean);
}

}  // namespace gpupass::guest::vaapi
