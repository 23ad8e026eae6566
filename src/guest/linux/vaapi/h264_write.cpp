#include "guest/linux/vaapi/h264.hpp"

namespace gpupass::guest::vaapi {

Bytes sequence_unit(const Sequence& sequence)
{
    BitWriter out;
    out.bits(sequence.profile_idc, 8);
    out.bits(sequence.constraint_flags, 8);
    out.bits(sequence.level_idc, 8);
    out.ue(sequence.id);
    if (sequence.profile_idc == 100) {
        out.ue(1);        // chroma_format_idc: 4:2:0
        out.ue(0);        // bit_depth_luma_minus8
        out.ue(0);        // bit_depth_chroma_minus8
        out.flag(false);  // qpprime_y_zero_transform_bypass_flag
        out.flag(false);  // seq_scaling_matrix_present_flag
    }
    out.ue(sequence.log2_max_frame_num - 4);
    out.ue(sequence.pic_order_cnt_type);
    if (sequence.pic_order_cnt_type == 0)
        out.ue(sequence.log2_max_pic_order_cnt_lsb - 4);
    out.ue(sequence.max_num_ref_frames);
    out.flag(sequence.gaps_in_frame_num_allowed);
    out.ue(sequence.width_in_mbs - 1);
    out.ue(sequence.height_in_mbs - 1);
    out.flag(true);  // frame_mbs_only_flag
    out.flag(sequence.direct_8x8_inference);
    out.flag(false);  // frame_cropping_flag
    out.flag(false);  // vui_parameters_present_flag
    out.end();
    return nal_unit(sequence_nal, out.bytes());
}

Bytes parameters_unit(const Parameters& parameters)
{
    BitWriter out;
    out.ue(parameters.id);
    out.ue(parameters.sequence_id);
    out.flag(parameters.entropy_coding_mode);
    out.flag(parameters.pic_order_present);
    out.ue(0);  // num_slice_groups_minus1
    out.ue(0);  // num_ref_idx_l0_default_active_minus1
    out.ue(0);  // num_ref_idx_l1_default_active_minus1
    out.flag(parameters.weighted_pred);
    out.bits(parameters.weighted_bipred_idc, 2);
    out.se(parameters.pic_init_qp - 26);
    out.se(parameters.pic_init_qs - 26);
    out.se(parameters.chroma_qp_index_offset);
    out.flag(parameters.deblocking_filter_control_present);
    out.flag(parameters.constrained_intra_pred);
    out.flag(parameters.redundant_pic_cnt_present);
    if (parameters.transform_8x8_mode ||
        parameters.second_chroma_qp_index_offset != parameters.chroma_qp_index_offset) {
        out.flag(parameters.transform_8x8_mode);
        out.flag(false);  // pic_scaling_matrix_present_flag
        out.se(parameters.second_chroma_qp_index_offset);
    }
    out.end();
    return nal_unit(parameters_nal, out.bytes());
}

void write_slice_header(const Sequence& sequence, const Parameters& parameters, const Slice& slice, BitWriter& out)
{
    out.ue(slice.first_mb);
    out.ue(slice.type);
    out.ue(parameters.id);
    out.bits(slice.frame_num, sequence.log2_max_frame_num);
    out.ue(slice.idr_pic_id);
    if (sequence.pic_order_cnt_type == 0)
        out.bits(slice.pic_order_cnt_lsb, sequence.log2_max_pic_order_cnt_lsb);
    if (sequence.pic_order_cnt_type == 0 && parameters.pic_order_present)
        out.se(0);  // delta_pic_order_cnt_bottom
    if (parameters.redundant_pic_cnt_present)
        out.ue(0);
    out.flag(false);  // no_output_of_prior_pics_flag
    out.flag(false);  // long_term_reference_flag
    out.se(slice.qp_delta);
    if (!parameters.deblocking_filter_control_present)
        return;
    out.ue(slice.disable_deblocking_filter_idc);
    if (slice.disable_deblocking_filter_idc == 1)
        return;
    out.se(slice.alpha_c0_offset_div2);
    out.se(slice.beta_offset_div2);
}

}  // namespace gpupass::guest::vaapi
