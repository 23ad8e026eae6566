#include "guest/linux/vaapi/decode.hpp"

#include <algorithm>

namespace gpupass::guest::vaapi {

namespace {

constexpr std::size_t most_slices = 64;

VAPictureH264 no_picture()
{
    VAPictureH264 picture{};
    picture.picture_id = VA_INVALID_SURFACE;
    picture.flags = VA_PICTURE_H264_INVALID;
    return picture;
}

void set_sequence(const Sequence& sequence, VAPictureParameterBufferH264& target)
{
    target.picture_width_in_mbs_minus1 = static_cast<std::uint16_t>(sequence.width_in_mbs - 1);
    target.picture_height_in_mbs_minus1 = static_cast<std::uint16_t>(sequence.height_in_mbs - 1);
    target.num_ref_frames = static_cast<std::uint8_t>(sequence.max_num_ref_frames);
    auto& fields = target.seq_fields.bits;
    fields.chroma_format_idc = 1;
    fields.gaps_in_frame_num_value_allowed_flag = sequence.gaps_in_frame_num_allowed;
    fields.frame_mbs_only_flag = 1;
    fields.direct_8x8_inference_flag = sequence.direct_8x8_inference;
    fields.MinLumaBiPredSize8x8 = sequence.level_idc >= 31;  // A.3.3.2
    fields.log2_max_frame_num_minus4 = (sequence.log2_max_frame_num - 4) & 15;
    fields.pic_order_cnt_type = sequence.pic_order_cnt_type & 3;
    fields.log2_max_pic_order_cnt_lsb_minus4 = (sequence.log2_max_pic_order_cnt_lsb - 4) & 15;
}

void set_parameters(const Parameters& parameters, VAPictureParameterBufferH264& target)
{
    target.pic_init_qp_minus26 = static_cast<std::int8_t>(parameters.pic_init_qp - 26);
    target.pic_init_qs_minus26 = static_cast<std::int8_t>(parameters.pic_init_qs - 26);
    target.chroma_qp_index_offset = static_cast<std::int8_t>(parameters.chroma_qp_index_offset);
    target.second_chroma_qp_index_offset = static_cast<std::int8_t>(parameters.second_chroma_qp_index_offset);
    auto& fields = target.pic_fields.bits;
    fields.entropy_coding_mode_flag = parameters.entropy_coding_mode;
    fields.weighted_pred_flag = parameters.weighted_pred;
    fields.weighted_bipred_idc = parameters.weighted_bipred_idc & 3;
    fields.transform_8x8_mode_flag = parameters.transform_8x8_mode;
    fields.constrained_intra_pred_flag = parameters.constrained_intra_pred;
    fields.pic_order_present_flag = parameters.pic_order_present;
    fields.deblocking_filter_control_present_flag = parameters.deblocking_filter_control_present;
    fields.redundant_pic_cnt_present_flag = parameters.redundant_pic_cnt_present;
    fields.reference_pic_flag = 1;
}

VAPictureParameterBufferH264 picture_of(const CodedPicture& coded, VASurfaceID target)
{
    VAPictureParameterBufferH264 picture{};
    const auto order = static_cast<std::int32_t>(coded.slices.front().pic_order_cnt_lsb);
    picture.CurrPic.picture_id = target;
    picture.CurrPic.frame_idx = coded.slices.front().frame_num;
    picture.CurrPic.TopFieldOrderCnt = order;
    picture.CurrPic.BottomFieldOrderCnt = order;
    std::ranges::fill(picture.ReferenceFrames, no_picture());
    picture.frame_num = static_cast<std::uint16_t>(coded.slices.front().frame_num);
    set_sequence(coded.sequence, picture);
    set_parameters(coded.parameters, picture);
    return picture;
}

VASliceParameterBufferH264 slice_of(const Slice& slice)
{
    VASliceParameterBufferH264 parameters{};
    parameters.slice_data_size = static_cast<std::uint32_t>(slice.nal.size());
    parameters.slice_data_flag = VA_SLICE_DATA_FLAG_ALL;
    parameters.slice_data_bit_offset = slice.data_bit_offset;
    parameters.first_mb_in_slice = static_cast<std::uint16_t>(slice.first_mb);
    parameters.slice_type = static_cast<std::uint8_t>(slice.type % 5);
    parameters.slice_qp_delta = static_cast<std::int8_t>(slice.qp_delta);
    parameters.disable_deblocking_filter_idc = static_cast<std::uint8_t>(slice.disable_deblocking_filter_idc);
    parameters.slice_alpha_c0_offset_div2 = static_cast<std::int8_t>(slice.alpha_c0_offset_div2);
    parameters.slice_beta_offset_div2 = static_cast<std::int8_t>(slice.beta_offset_div2);
    std::ranges::fill(parameters.RefPicList0, no_picture());
    std::ranges::fill(parameters.RefPicList1, no_picture());
    return parameters;
}

VAIQMatrixBufferH264 flat_scaling()
{
    VAIQMatrixBufferH264 matrix{};
    for (auto& list : matrix.ScalingList4x4)
        std::ranges::fill(list, std::uint8_t{16});
    for (auto& list : matrix.ScalingList8x8)
        std::ranges::fill(list, std::uint8_t{16});
    return matrix;
}

void check(const CodedPicture& coded)
{
    if (!coded.wrong.empty())
        throw VaError{coded.wrong};
    if (coded.sequence.width_in_mbs != width / mb_size || coded.sequence.height_in_mbs != height / mb_size)
        throw VaError{
            fmt::format("its size is {}x{} macroblocks", coded.sequence.width_in_mbs, coded.sequence.height_in_mbs)};
    if (coded.slices.size() > most_slices)
        throw VaError{fmt::format("it has {} slices", coded.slices.size())};
}

/// So that memory which still holds the picture is not taken for a decoded one. Decoders work without vaPutImage too.
void fill_with_grey(const Display& display, VASurfaceID surface)
{
    try {
        put_picture(display, surface, grey_picture());
    } catch (const VaError&) {
    }
}

}  // namespace

Picture decode(const Display& display, const Ability& ability, const CodedPicture& coded)
{
    check(coded);
    Pipeline pipeline{display, ability, {}, 1};
    const VASurfaceID target = pipeline.surface(0);
    fill_with_grey(display, target);
    std::vector<VABufferID> buffers{pipeline.buffer(VAPictureParameterBufferType, picture_of(coded, target)),
                                    pipeline.buffer(VAIQMatrixBufferType, flat_scaling())};
    for (const Slice& slice : coded.slices) {
        buffers.push_back(pipeline.buffer(VASliceParameterBufferType, slice_of(slice)));
        buffers.push_back(pipeline.buffer(VASliceDataBufferType, slice.nal.size(), slice.nal.data()));
    }
    pipeline.run(target, buffers);
    return get_picture(display, target);
}

}  // namespace gpupass::guest::vaapi
