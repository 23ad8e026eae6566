#include "guest/linux/vaapi/picture.hpp"

#include <gmock/gmock.h>

using namespace gpupass::guest::vaapi;

namespace {

Bytes joined(std::initializer_list<Bytes> parts)
{
    Bytes all;
    for (const Bytes& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// A slice header and one byte of slice data.
Bytes slice_unit(const Sequence& sequence, const Parameters& parameters, const Slice& slice, std::size_t& bits)
{
    BitWriter out;
    write_slice_header(sequence, parameters, slice, out);
    bits = out.size() + 8;
    out.byte(0xff);
    out.end();
    return nal_unit(idr_nal, out.bytes());
}

Bytes from_hex(const std::string& text)
{
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

std::vector<unsigned> offsets(const std::string& hex)
{
    const auto coded = read_coded(from_hex(hex), {}, {});
    EXPECT_EQ(coded.wrong, "");
    std::vector<unsigned> found;
    for (const Slice& slice : coded.slices)
        found.push_back(slice.data_bit_offset);
    return found;
}

}  // namespace

TEST(H264, ReadsTheHeadersThatItWrites)
{
    const Sequence sequence{.profile_idc = 100,
                            .constraint_flags = 0,
                            .log2_max_frame_num = 9,
                            .pic_order_cnt_type = 0,
                            .log2_max_pic_order_cnt_lsb = 7,
                            .width_in_mbs = 16,
                            .height_in_mbs = 9};
    const Parameters parameters{.entropy_coding_mode = true,
                                .pic_order_present = true,
                                .pic_init_qp = 31,
                                .redundant_pic_cnt_present = true,
                                .transform_8x8_mode = true,
                                .second_chroma_qp_index_offset = -3};
    const Slice slice{.frame_num = 300,
                      .idr_pic_id = 5,
                      .pic_order_cnt_lsb = 77,
                      .qp_delta = -9,
                      .disable_deblocking_filter_idc = 2,
                      .alpha_c0_offset_div2 = 3,
                      .beta_offset_div2 = -4};
    std::size_t bits{};
    const auto coded = read_coded(
        joined({sequence_unit(sequence), parameters_unit(parameters), slice_unit(sequence, parameters, slice, bits)}),
        {}, {});

    ASSERT_EQ(coded.wrong, "");
    EXPECT_EQ(coded.sequence, sequence);
    EXPECT_EQ(coded.parameters, parameters);
    ASSERT_EQ(coded.slices.size(), 1u);
    EXPECT_EQ(coded.slices[0].frame_num, 300u);
    EXPECT_EQ(coded.slices[0].pic_order_cnt_lsb, 77u);
    EXPECT_EQ(coded.slices[0].qp_delta, -9);
    EXPECT_EQ(coded.slices[0].beta_offset_div2, -4);
    EXPECT_EQ(coded.slices[0].data_bit_offset, bits);
}

TEST(H264, TakesWhatItKnowsWhenTheStreamHasNoParameterSets)
{
    const Sequence sequence{.log2_max_frame_num = 12, .width_in_mbs = 16, .height_in_mbs = 16};
    const Parameters parameters{.deblocking_filter_control_present = false};
    std::size_t bits{};
    const auto coded = read_coded(slice_unit(sequence, parameters, {.frame_num = 4000}, bits), sequence, parameters);
    ASSERT_EQ(coded.wrong, "");
    EXPECT_EQ(coded.slices[0].frame_num, 4000u);
    EXPECT_EQ(coded.slices[0].data_bit_offset, bits);
}

TEST(H264, TellsFormsThatItDoesNotRead)
{
    const Sequence sequence{.width_in_mbs = 16, .height_in_mbs = 16};
    std::size_t bits{};
    EXPECT_EQ(read_coded({}, sequence, {}).wrong, "it has no IDR slice");
    EXPECT_EQ(read_coded(nal_unit(0x41, Bytes{0xff}), sequence, {}).wrong, "its slices are of no IDR picture");
    EXPECT_EQ(read_coded(nal_unit(idr_nal, Bytes{0xff}), sequence, {}).wrong,
              "a slice of its IDR picture is not intra");
    EXPECT_EQ(read_coded(slice_unit(sequence, {.id = 3}, {}, bits), sequence, {}).wrong,
              "a slice names another picture parameter set");
    EXPECT_EQ(
        read_coded(sequence_unit({.profile_idc = 110, .width_in_mbs = 16, .height_in_mbs = 16}), sequence, {}).wrong,
        "its sequence is not 4:2:0 with 8 bits");
    EXPECT_EQ(read_coded(joined({slice_unit(sequence, {}, {}, bits), sequence_unit(sequence)}), sequence, {}).wrong,
              "its parameter sets come after its slices");
}

TEST(H264, ReadsNoCutHeader)
{
    const Bytes stream = pcm_stream(noise_picture());
    for (std::size_t size = 0; size < 45; ++size) {
        const auto coded = read_coded(std::span{stream}.first(size), {}, {});
        EXPECT_TRUE(!coded.wrong.empty() || coded.slices.front().data_bit_offset < size * 8) << size;
    }
}

// The first bytes of what libx264 164 encodes; the offsets are those of FFmpeg 5.1 (its filter trace_headers).
TEST(H264, FindsTheSliceDataOfX264)
{
    EXPECT_THAT(offsets("0000016742c00dd901008684000003000400000300c83c50a920"
                        "0000000168cb8132c8"
                        "0000016588843f1180758dc0004766b016"),
                testing::ElementsAre(32));
    EXPECT_THAT(offsets("000001091000"
                        "000001"
                        "6764000dacd941008684000003000400000300c83c50a658"
                        "0000000168cbe132c8b0"
                        "00000165888400ebb9668a00021e377a"),
                testing::ElementsAre(38));
    EXPECT_THAT(offsets("000001674d400deca0804342000003000200000300641e28532c"
                        "0000000168ebe132c8"
                        "00000165888400ebfe9b95d6"
                        "00000165020888400ebffe9b95d6"
                        "000001650102221003affe9b95d6"
                        "000001650182221003affe9b95d6"),
                testing::ElementsAre(38, 50, 52, 52));
}

// FFmpeg 5.1 decodes this stream to the very picture.
TEST(H264, ASliceOfPcmHoldsThePictureItself)
{
    const Picture picture = noise_picture();
    const auto coded = read_coded(pcm_stream(picture), {}, {});
    ASSERT_EQ(coded.wrong, "");
    ASSERT_EQ(coded.slices.size(), 1u);
    BitReader in{coded.slices[0].nal};
    in.bits(coded.slices[0].data_bit_offset);
    EXPECT_EQ(in.ue(), 25u);
    while (in.position() % 8 != 0)
        EXPECT_EQ(in.bits(1), 0u);
    for (unsigned i = 0; i < 256; ++i)
        ASSERT_EQ(in.bits(8), picture.luma[i / 16 * width + i % 16]) << i;
}

TEST(H264, ComparesPictures)
{
    const Picture picture = smooth_picture();
    EXPECT_EQ(first_difference(picture, picture), "");
    EXPECT_EQ(psnr(picture, picture), 99);
    EXPECT_LT(psnr(grey_picture(), picture), 20);
    Picture other = picture;
    other.luma[3 * width + 7] = 1;
    EXPECT_THAT(first_difference(other, picture), testing::StartsWith("luma at 7,3 is 1, not "));
    for (auto& byte : other.luma)
        byte = static_cast<std::uint8_t>(byte ^ 1);
    EXPECT_GT(psnr(other, picture), 45);
}
