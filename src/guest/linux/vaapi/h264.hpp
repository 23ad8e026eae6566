#pragma once

#include "guest/linux/vaapi/bits.hpp"

#include <string>

// As much of H.264 as one intra picture needs: parameter sets and slice headers, written and read; and a coded picture
// whose decoded bytes are known. The names are those of ITU-T H.264, 7.3; the forms are progressive 4:2:0 with 8 bits.

namespace gpupass::guest::vaapi {

struct Sequence {  // seq_parameter_set_data()
    unsigned profile_idc{66};
    unsigned constraint_flags{0xc0};  // constraint_set0_flag is the highest bit: constrained baseline
    unsigned level_idc{30};
    unsigned id{};
    unsigned log2_max_frame_num{4};
    unsigned pic_order_cnt_type{};
    unsigned log2_max_pic_order_cnt_lsb{4};
    unsigned max_num_ref_frames{1};
    bool gaps_in_frame_num_allowed{};
    unsigned width_in_mbs{};
    unsigned height_in_mbs{};
    bool direct_8x8_inference{true};
    friend bool operator==(const Sequence&, const Sequence&) = default;
};

struct Parameters {  // pic_parameter_set_rbsp()
    unsigned id{};
    unsigned sequence_id{};
    bool entropy_coding_mode{};  // CABAC
    bool pic_order_present{};
    bool weighted_pred{};
    unsigned weighted_bipred_idc{};
    int pic_init_qp{26};
    int pic_init_qs{26};
    int chroma_qp_index_offset{};
    bool deblocking_filter_control_present{true};
    bool constrained_intra_pred{};
    bool redundant_pic_cnt_present{};
    bool transform_8x8_mode{};
    int second_chroma_qp_index_offset{};
    friend bool operator==(const Parameters&, const Parameters&) = default;
};

struct Slice {  // slice_header() of an I slice of an IDR picture
    unsigned first_mb{};
    unsigned type{7};  // 7: all slices of the picture are I slices
    unsigned frame_num{};
    unsigned idr_pic_id{};
    unsigned pic_order_cnt_lsb{};
    int qp_delta{};
    unsigned disable_deblocking_filter_idc{};
    int alpha_c0_offset_div2{};
    int beta_offset_div2{};
    std::uint16_t data_bit_offset{};  // of slice_data(): from the NAL header on, without escapes
    Bytes nal{};                      // with escapes
};

struct CodedPicture {
    Sequence sequence;
    Parameters parameters;
    std::vector<Slice> slices;
    std::string wrong;  // why it cannot be decoded here; "" when it can
};

inline constexpr std::uint8_t sequence_nal = 0x67;    // nal_ref_idc 3, type 7
inline constexpr std::uint8_t parameters_nal = 0x68;  // type 8
inline constexpr std::uint8_t idr_nal = 0x65;         // type 5

Bytes sequence_unit(const Sequence& sequence);
Bytes parameters_unit(const Parameters& parameters);
void write_slice_header(const Sequence& sequence, const Parameters& parameters, const Slice& slice, BitWriter& out);

/// `known` is what its parameter sets are when the stream has none. Any bytes may come.
CodedPicture read_coded(std::span<const std::uint8_t> stream, const Sequence& sequence, const Parameters& parameters);

}  // namespace gpupass::guest::vaapi
