#include "guest/linux/vaapi/encode.hpp"

#include <va/va_enc_h264.h>

#include <algorithm>

// The driver is asked for CAVLC and the plainest tools, which every profile has. Where it takes the parameter sets and slice
// headers from the program (packed headers), it gets them; where it writes its own, those are read afterwards.

namespace gpupass::guest::vaapi {

namespace {

constexpr int qp = 22;
constexpr std::size_t coded_room = std::size_t{width} * height * 3 + 65536;
constexpr std::size_t least_size = 32;
constexpr int most_segments = 64;

Sequence sequence_for(VAProfile profile)
{
    Sequence sequence{.width_in_mbs = width / mb_size, .height_in_mbs = height / mb_size};
    if (profile == VAProfileH264ConstrainedBaseline)
        return sequence;
    sequence.profile_idc = profile == VAProfileH264Main ? 77 : 100;
    sequence.constraint_flags = 0;
    return sequence;
}

Parameters parameters_for() { return {.pic_init_qp = qp}; }

VAEncSequenceParameterBufferH264 driver_sequence(const Sequence& sequence)
{
    VAEncSequenceParameterBufferH264 target{};
    target.level_idc = static_cast<std::uint8_t>(sequence.level_idc);
    target.intra_period = 30;
    target.intra_idr_period = 30;
    target.ip_period = 1;
    target.max_num_ref_frames = sequence.max_num_ref_frames;
    target.picture_width_in_mbs = static_cast<std::uint16_t>(sequence.width_in_mbs);
    target.picture_height_in_mbs = static_cast<std::uint16_t>(sequence.height_in_mbs);
    target.seq_fields.bits.chroma_format_idc = 1;
    target.seq_fields.bits.frame_mbs_only_flag = 1;
    target.seq_fields.bits.direct_8x8_inference_flag = sequence.direct_8x8_inference;
    return target;  // log2_max_frame_num_minus4, pic_order_cnt_type and log2_max_pic_order_cnt_lsb_minus4 are 0
}

VAEncPictureParameterBufferH264 driver_picture(VASurfaceID reconstructed, VABufferID coded)
{
    VAPictureH264 none{};
    none.picture_id = VA_INVALID_SURFACE;
    none.flags = VA_PICTURE_H264_INVALID;
    VAEncPictureParameterBufferH264 target{};
    target.CurrPic.picture_id = reconstructed;
    std::ranges::fill(target.ReferenceFrames, none);
    target.coded_buf = coded;
    target.pic_init_qp = qp;
    target.pic_fields.bits.idr_pic_flag = 1;
    target.pic_fields.bits.reference_pic_flag = 1;
    target.pic_fields.bits.deblocking_filter_control_present_flag = 1;
    return target;
}

VAEncSliceParameterBufferH264 driver_slice(const Sequence& sequence)
{
    VAPictureH264 none{};
    none.picture_id = VA_INVALID_SURFACE;
    none.flags = VA_PICTURE_H264_INVALID;
    VAEncSliceParameterBufferH264 target{};
    target.num_macroblocks = sequence.width_in_mbs * sequence.height_in_mbs;
    target.macroblock_info = VA_INVALID_ID;
    target.slice_type = 2;  // I
    std::ranges::fill(target.RefPicList0, none);
    std::ranges::fill(target.RefPicList1, none);
    return target;
}

/// A header of ours for the stream, where the driver wants it.
class Headers {
public:
    Headers(Pipeline& pipeline, unsigned wanted, std::vector<VABufferID>& buffers)
        : pipeline_{pipeline}, wanted_{wanted}, buffers_{buffers}
    {
    }

    void add(unsigned flag, unsigned type, const Bytes& unit, std::size_t bits)
    {
        if ((wanted_ & flag) == 0)
            return;
        VAEncPackedHeaderParameterBuffer parameter{};
        parameter.type = type;
        parameter.bit_length = static_cast<std::uint32_t>(bits);
        parameter.has_emulation_bytes = 1;
        buffers_.push_back(pipeline_.buffer(VAEncPackedHeaderParameterBufferType, parameter));
        buffers_.push_back(pipeline_.buffer(VAEncPackedHeaderDataBufferType, unit.size(), unit.data()));
    }

    void add(unsigned flag, unsigned type, const Bytes& unit) { add(flag, type, unit, unit.size() * 8); }

    void add_slice(const Sequence& sequence, const Parameters& parameters)
    {
        BitWriter header;
        write_slice_header(sequence, parameters, Slice{.type = 2}, header);
        const Bytes unit = nal_unit(idr_nal, header.bytes());
        const std::size_t unused = header.bytes().size() * 8 - header.size();
        add(VA_ENC_PACKED_HEADER_SLICE, VAEncPackedHeaderH264_Slice, unit, unit.size() * 8 - unused);
    }

private:
    Pipeline& pipeline_;
    unsigned wanted_;
    std::vector<VABufferID>& buffers_;
};

/// Of the headers that we could write, those that the driver takes.
unsigned packed_headers(const Display& display, const Ability& ability)
{
    const unsigned value = display.attribute(ability, VAConfigAttribEncPackedHeaders);
    const unsigned ours = VA_ENC_PACKED_HEADER_SEQUENCE | VA_ENC_PACKED_HEADER_PICTURE | VA_ENC_PACKED_HEADER_SLICE;
    return value == VA_ATTRIB_NOT_SUPPORTED ? 0 : value & ours;
}

void add_segment(const VACodedBufferSegment& segment, Bytes& stream)
{
    const unsigned bad = VA_CODED_BUF_STATUS_SLICE_OVERFLOW_MASK | VA_CODED_BUF_STATUS_BAD_BITSTREAM;
    if ((segment.status & bad) != 0)
        throw VaError{fmt::format("the encoder says that its stream is bad (status {:#x})", segment.status)};
    if (segment.size > coded_room - stream.size())
        throw VaError{fmt::format("the coded picture has {} bytes in a buffer of {}", segment.size, coded_room)};
    if (segment.size > 0 && !segment.buf)
        throw VaError{"a part of the coded picture has no address"};
    const auto* data = static_cast<const std::uint8_t*>(segment.buf);
    stream.insert(stream.end(), data, data + segment.size);
}

Bytes coded_bytes(const Display& display, VABufferID buffer)
{
    void* mapped{};
    display.check(display.va().map(display.handle(), buffer, &mapped), "vaMapBuffer");
    Bytes stream;
    int segments = 0;
    for (const auto* segment = static_cast<const VACodedBufferSegment*>(mapped); segment;
         segment = static_cast<const VACodedBufferSegment*>(segment->next)) {
        if (++segments > most_segments)
            throw VaError{"the coded picture has no end"};
        add_segment(*segment, stream);
    }
    display.check(display.va().unmap(display.handle(), buffer), "vaUnmapBuffer");
    return stream;
}

std::vector<VAConfigAttrib> attributes_for(unsigned packed)
{
    std::vector<VAConfigAttrib> attributes{{VAConfigAttribRateControl, VA_RC_CQP}};
    if (packed != 0)
        attributes.push_back({VAConfigAttribEncPackedHeaders, packed});
    return attributes;
}

}  // namespace

Encoded encode(const Display& display, const Ability& ability, const Picture& picture)
{
    const Sequence sequence = sequence_for(ability.profile);
    const Parameters parameters = parameters_for();
    const unsigned packed = packed_headers(display, ability);
    Pipeline pipeline{display, ability, attributes_for(packed), 2};
    const VASurfaceID source = pipeline.surface(0);
    put_picture(display, source, picture);

    const VABufferID coded = pipeline.buffer(VAEncCodedBufferType, coded_room, nullptr);
    std::vector<VABufferID> buffers{
        pipeline.buffer(VAEncSequenceParameterBufferType, driver_sequence(sequence)),
        pipeline.buffer(VAEncPictureParameterBufferType, driver_picture(pipeline.surface(1), coded))};
    Headers headers{pipeline, packed, buffers};
    headers.add(VA_ENC_PACKED_HEADER_SEQUENCE, VAEncPackedHeaderH264_SPS, sequence_unit(sequence));
    headers.add(VA_ENC_PACKED_HEADER_PICTURE, VAEncPackedHeaderH264_PPS, parameters_unit(parameters));
    headers.add_slice(sequence, parameters);
    buffers.push_back(pipeline.buffer(VAEncSliceParameterBufferType, driver_slice(sequence)));
    pipeline.run(source, buffers);

    const Bytes stream = coded_bytes(display, coded);
    if (stream.size() < least_size)
        throw VaError{fmt::format("the coded picture has only {} bytes", stream.size())};
    return {stream.size(), read_coded(stream, sequence, parameters)};
}

}  // namespace gpupass::guest::vaapi
