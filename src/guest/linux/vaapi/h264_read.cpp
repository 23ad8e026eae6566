#include "guest/linux/vaapi/h264.hpp"

#include <algorithm>

// What encoders write comes from drivers: every number is bounded, and forms that nobody asked for are told, not decoded.

namespace gpupass::guest::vaapi {

namespace {

constexpr std::size_t longest_header = 1024;  // what is read of a unit; the rest is slice data
constexpr unsigned most_mbs = 256;  // an edge of 4096

bool has_chroma_format(unsigned profile_idc)
{
    for (const unsigned profile : {100u, 110u, 122u, 244u, 44u, 83u, 86u, 118u, 128u})
        if (profile == profile_idc)
            return true;
    return false;
}

std::string read_chroma_format(BitReader& in)
{
    const bool is_plain = in.ue() == 1 && in.ue() == 0 && in.ue() == 0 && !in.flag();
    if (!is_plain)
        return "its sequence is not 4:2:0 with 8 bits";
    return in.flag() ? "its sequence has scaling lists" : "";
}

std::string read_order(BitReader& in, Sequence& sequence)
{
    sequence.log2_max_frame_num = in.ue(12) + 4;
    sequence.pic_order_cnt_type = in.ue(2);
    if (sequence.pic_order_cnt_type == 1)
        return "its sequence orders pictures by type 1";
    if (sequence.pic_order_cnt_type == 0)
        sequence.log2_max_pic_order_cnt_lsb = in.ue(12) + 4;
    return "";
}

std::string read_sequence(BitReader in, Sequence& sequence)
{
    sequence.profile_idc = in.bits(8);
    sequence.constraint_flags = in.bits(8);
    sequence.level_idc = in.bits(8);
    sequence.id = in.ue(31);
    if (has_chroma_format(sequence.profile_idc))
        if (const auto wrong = read_chroma_format(in); !wrong.empty())
            return wrong;
    if (const auto wrong = read_order(in, sequence); !wrong.empty())
        return wrong;
    sequence.max_num_ref_frames = in.ue(16);
    sequence.gaps_in_frame_num_allowed = in.flag();
    sequence.width_in_mbs = in.ue(most_mbs - 1) + 1;
    sequence.height_in_mbs = in.ue(most_mbs - 1) + 1;
    if (!in.flag())
        return "its sequence may be interlaced";
    sequence.direct_8x8_inference = in.flag();
    return in.ok() ? "" : "its sequence parameter set is cut or out of range";
}

std::string read_parameters(BitReader in, Parameters& parameters)
{
    parameters.id = in.ue(255);
    parameters.sequence_id = in.ue(31);
    parameters.entropy_coding_mode = in.flag();
    parameters.pic_order_present = in.flag();
    if (in.ue() != 0)
        return "its picture has slice groups";
    in.ue(31);  // num_ref_idx_l0_default_active_minus1
    in.ue(31);  // num_ref_idx_l1_default_active_minus1
    parameters.weighted_pred = in.flag();
    parameters.weighted_bipred_idc = in.bits(2);
    parameters.pic_init_qp = in.se(-26, 25) + 26;
    parameters.pic_init_qs = in.se(-26, 25) + 26;
    parameters.chroma_qp_index_offset = in.se(-12, 12);
    parameters.deblocking_filter_control_present = in.flag();
    parameters.constrained_intra_pred = in.flag();
    parameters.redundant_pic_cnt_present = in.flag();
    parameters.second_chroma_qp_index_offset = parameters.chroma_qp_index_offset;
    if (in.has_more()) {
        parameters.transform_8x8_mode = in.flag();
        if (in.flag())
            return "its picture has scaling lists";
        parameters.second_chroma_qp_index_offset = in.se(-12, 12);
    }
    return in.ok() ? "" : "its picture parameter set is cut or out of range";
}

/// What dec_ref_pic_marking() says of an IDR picture says nothing about its pixels.
void skip_marking(BitReader& in, std::uint8_t header)
{
    if ((header >> 5 & 3) != 0)  // nal_ref_idc
        in.bits(2);
}

void read_deblocking(BitReader& in, Slice& slice)
{
    slice.disable_deblocking_filter_idc = in.ue(2);
    if (slice.disable_deblocking_filter_idc == 1)
        return;
    slice.alpha_c0_offset_div2 = in.se(-6, 6);
    slice.beta_offset_div2 = in.se(-6, 6);
}

std::string read_slice(BitReader in, const Sequence& sequence, const Parameters& parameters, Slice& slice)
{
    const auto header = static_cast<std::uint8_t>(in.bits(8));
    slice.first_mb = in.ue(sequence.width_in_mbs * sequence.height_in_mbs - 1);
    slice.type = in.ue(9);
    if (slice.type % 5 != 2)
        return "a slice of its IDR picture is not intra";
    if (in.ue(255) != parameters.id)
        return "a slice names another picture parameter set";
    slice.frame_num = in.bits(sequence.log2_max_frame_num);
    slice.idr_pic_id = in.ue(65535);
    if (sequence.pic_order_cnt_type == 0)
        slice.pic_order_cnt_lsb = in.bits(sequence.log2_max_pic_order_cnt_lsb);
    if (sequence.pic_order_cnt_type == 0 && parameters.pic_order_present)
        in.se();  // delta_pic_order_cnt_bottom
    if (parameters.redundant_pic_cnt_present)
        in.ue(127);
    skip_marking(in, header);
    slice.qp_delta = in.se(-51, 51);
    if (parameters.deblocking_filter_control_present)
        read_deblocking(in, slice);
    slice.data_bit_offset = static_cast<std::uint16_t>(in.position());
    return in.ok() && in.has_more() ? "" : "a slice header is cut or out of range";
}

void add_slice(std::span<const std::uint8_t> unit, CodedPicture& coded)
{
    const Bytes plain = without_escapes(unit.first(std::min(unit.size(), longest_header)));
    Slice slice;
    coded.wrong = read_slice(BitReader{plain}, coded.sequence, coded.parameters, slice);
    slice.nal.assign(unit.begin(), unit.end());
    coded.slices.push_back(std::move(slice));
}

void add_unit(std::span<const std::uint8_t> unit, CodedPicture& coded)
{
    const unsigned type = unit.front() & 31u;
    if (type == 5)
        return add_slice(unit, coded);
    if ((type == 7 || type == 8) && !coded.slices.empty()) {
        coded.wrong = "its parameter sets come after its slices";
        return;
    }
    const Bytes plain = without_escapes(unit.subspan(1, std::min(unit.size() - 1, longest_header)));
    if (type == 7)
        coded.wrong = read_sequence(BitReader{plain}, coded.sequence = {});
    else if (type == 8)
        coded.wrong = read_parameters(BitReader{plain}, coded.parameters = {});
    else if (type >= 1 && type <= 4)
        coded.wrong = "its slices are of no IDR picture";
}

}  // namespace

CodedPicture read_coded(std::span<const std::uint8_t> stream, const Sequence& sequence, const Parameters& parameters)
{
    CodedPicture coded{.sequence = sequence, .parameters = parameters, .slices = {}, .wrong = ""};
    for (const auto unit : nal_units(stream)) {
        add_unit(unit, coded);
        if (!coded.wrong.empty())
            return coded;
    }
    if (coded.slices.empty())
        coded.wrong = "it has no IDR slice";
    return coded;
}

}  // namespace gpupass::guest::vaapi
