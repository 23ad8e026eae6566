#include "store.hpp"

#include <va/va_enc_h264.h>

#include <algorithm>
#include <cstring>

// "Encoding" remembers the picture; its stream has real headers and nonsense behind them. "Decoding" such a stream gives the
// picture back with a little noise, if everything that a decoder must know of it was told. Streams of I_PCM macroblocks are
// decoded. Nothing here is shared with the program.

namespace fake_va {

namespace {

class Bits {
public:
    void put(unsigned value, unsigned count)
    {
        for (; count > 0; --count)
            bits_.push_back((value >> (count - 1) & 1) != 0);
    }
    void ue(unsigned value)
    {
        unsigned length = 0;
        while ((value + 1) >> (length + 1) != 0)
            ++length;
        put(0, length);
        put(value + 1, length + 1);
    }
    void add(const Bytes& bytes, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i)
            bits_.push_back((bytes[i / 8] >> (7 - i % 8) & 1) != 0);
    }
    std::size_t size() const { return bits_.size(); }
    Bytes bytes() const
    {
        Bytes bytes((bits_.size() + 7) / 8);
        for (std::size_t i = 0; i < bits_.size(); ++i)
            bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (bits_[i] ? 0x80u >> i % 8 : 0u));
        return bytes;
    }

private:
    std::vector<bool> bits_;
};

template <class Value>
Value value_of(const Buffer& buffer)
{
    Value value{};
    std::memcpy(&value, buffer.data.data(), std::min(sizeof value, buffer.data.size()));
    return value;
}

const Buffer* rendered(const Driver& driver, const Context& context, VABufferType type)
{
    for (const VABufferID id : context.rendered)
        if (const auto found = driver.buffers.find(id); found != driver.buffers.end() && found->second.type == type)
            return &found->second;
    return nullptr;
}

void append(Bytes& stream, const Bytes& bytes) { stream.insert(stream.end(), bytes.begin(), bytes.end()); }

/// The program's headers; the slice's is followed by nonsense: an mb_type that is not I_PCM and bytes.
void add_packed(Driver& driver, const VAEncPackedHeaderParameterBuffer& header, const Bytes& data, Bytes& stream)
{
    if (header.type != VAEncPackedHeaderH264_Slice)
        return append(stream, data);
    Bits slice;
    slice.add(data, header.bit_length);
    driver.remembered.bit_offset = header.bit_length - 32;  // without the start code
    slice.put(1, 1);
    while (slice.size() % 8 != 0)
        slice.put(1, 1);
    append(stream, slice.bytes());
    append(stream, Bytes(300, 0x5a));
}

Bytes packed_stream(Driver& driver, const Context& context)
{
    Bytes stream;
    VAEncPackedHeaderParameterBuffer header{};
    for (const VABufferID id : context.rendered) {
        const Buffer& buffer = driver.buffers[id];
        if (buffer.type == VAEncPackedHeaderParameterBufferType)
            header = value_of<VAEncPackedHeaderParameterBuffer>(buffer);
        if (buffer.type == VAEncPackedHeaderDataBufferType)
            add_packed(driver, header, buffer.data, stream);
    }
    return stream;
}

/// Headers of the driver's own taste: main profile, CABAC, other lengths, no deblocking control.
Bytes own_stream(Driver& driver)
{
    Bytes stream;
    Bits sequence;
    sequence.put(0x000001, 24);
    sequence.put(0x67, 8);
    for (const unsigned byte : {77u, 0u, 40u})  // profile_idc, flags, level_idc
        sequence.put(byte, 8);
    for (const unsigned number :
         {0u, 4u, 2u, 1u})  // id, log2_max_frame_num - 4, pic_order_cnt_type, max_num_ref_frames
        sequence.ue(number);
    sequence.put(0, 1);
    sequence.ue(width / 16 - 1);
    sequence.ue(height / 16 - 1);
    sequence.put(0b11001, 5);  // frame_mbs_only, direct_8x8_inference, no cropping, no VUI, trailing bit
    append(stream, sequence.bytes());

    Bits parameters;
    parameters.put(0x00000168, 32);
    parameters.ue(0);
    parameters.ue(0);
    parameters.put(0b10111000, 8);  // CABAC, no bottom order, no groups, one reference each, no weights
    parameters.ue(7);  // pic_init_qp 26 + 4
    parameters.ue(0);
    parameters.ue(0);
    parameters.put(0b0001, 4);
    append(stream, parameters.bytes());

    Bits slice;
    slice.put(0x000001, 24);
    slice.put(0x65, 8);
    slice.ue(0);  // first_mb
    slice.ue(7);
    slice.ue(0);
    slice.put(0, 8);  // frame_num
    slice.ue(3);  // idr_pic_id
    slice.put(0, 2);
    slice.ue(0);  // slice_qp_delta
    driver.remembered.bit_offset = static_cast<unsigned>(slice.size() - 24);
    driver.remembered.log2_max_frame_num = 8;
    driver.remembered.cabac = true;
    driver.remembered.qp = 30;
    append(stream, slice.bytes());
    append(stream, Bytes(300, 0x5a));
    return stream;
}

Bytes coded_stream(Driver& driver, const Context& context)
{
    if (driver.is("bad-slice"))
        return Bytes{0, 0, 1, 0x65, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                     1, 1, 1, 1,    1, 1, 1,    1,    1,    1,    1,    1,    1,    1,    1,    1,    1,    1};
    return driver.is("no-packed-headers") ? own_stream(driver) : packed_stream(driver, context);
}

Bytes without_escapes(const Buffer& slice)
{
    Bytes plain;
    for (std::size_t i = 0; i < slice.data.size(); ++i)
        if (i < 2 || slice.data[i] != 3 || slice.data[i - 1] != 0 || slice.data[i - 2] != 0)
            plain.push_back(slice.data[i]);
    return plain;
}

unsigned bit(const Bytes& bytes, std::size_t i) { return i / 8 < bytes.size() ? bytes[i / 8] >> (7 - i % 8) & 1u : 0u; }

unsigned read_ue(const Bytes& bytes, std::size_t& position)
{
    unsigned zeros = 0;
    while (zeros < 16 && bit(bytes, position) == 0) {
        ++position;
        ++zeros;
    }
    unsigned value = 0;
    for (unsigned i = 0; i <= zeros; ++i)
        value = value << 1 | bit(bytes, position++);
    return value - 1;
}

/// One I_PCM macroblock: 256 bytes of luma, 64 of Cb and 64 of Cr.
void copy_macroblock(const std::uint8_t* from, unsigned mb, Bytes& surface)
{
    const unsigned left = mb % (width / 16) * 16;
    const unsigned top = mb / (width / 16) * 16;
    for (unsigned i = 0; i < 256; ++i)
        surface[(top + i / 16) * width + left + i % 16] = from[i];
    for (unsigned i = 0; i < 128; ++i) {
        const unsigned plane = i / 64;
        const unsigned row = height + top / 2 + i % 64 / 8;
        surface[row * width + left + i % 8 * 2 + plane] = from[256 + i];
    }
}

VAStatus decode_pcm(const Bytes& plain, std::size_t position, Bytes& surface)
{
    for (unsigned mb = 0; mb < width / 16 * (height / 16); ++mb) {
        if (read_ue(plain, position) != 25)
            return VA_STATUS_ERROR_DECODING_ERROR;
        const std::size_t from = (position + 7) / 8;
        if (from + 384 > plain.size())
            return VA_STATUS_ERROR_DECODING_ERROR;
        copy_macroblock(plain.data() + from, mb, surface);
        position = (from + 384) * 8;
    }
    return VA_STATUS_SUCCESS;
}

bool knows_enough(const Remembered& remembered, const VAPictureParameterBufferH264& picture,
                  const VASliceParameterBufferH264& slice)
{
    return slice.slice_data_bit_offset == remembered.bit_offset && slice.slice_type == 2 &&
        picture.seq_fields.bits.log2_max_frame_num_minus4 + 4u == remembered.log2_max_frame_num &&
        (picture.pic_fields.bits.entropy_coding_mode_flag == 1) == remembered.cabac &&
        picture.pic_init_qp_minus26 + 26 + slice.slice_qp_delta == remembered.qp;
}

void give_back(const Remembered& remembered, bool is_right, Bytes& surface)
{
    for (std::size_t i = 0; is_right && i < surface.size(); ++i)
        surface[i] = static_cast<std::uint8_t>(remembered.picture[i] + i % 3 - 1);
}

}  // namespace

VAStatus encode(Driver& driver, Context& context)
{
    const Buffer* sequence = rendered(driver, context, VAEncSequenceParameterBufferType);
    const Buffer* picture = rendered(driver, context, VAEncPictureParameterBufferType);
    if (!sequence || !picture || !rendered(driver, context, VAEncSliceParameterBufferType))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    const auto parameters = value_of<VAEncPictureParameterBufferH264>(*picture);
    const auto fields = value_of<VAEncSequenceParameterBufferH264>(*sequence).seq_fields.bits;
    driver.remembered = {driver.surfaces[context.target], 0, fields.log2_max_frame_num_minus4 + 4u,
                         parameters.pic_fields.bits.entropy_coding_mode_flag == 1, parameters.pic_init_qp};
    driver.buffers[parameters.coded_buf].data = coded_stream(driver, context);
    return VA_STATUS_SUCCESS;
}

VAStatus decode(Driver& driver, Context& context)
{
    const Buffer* picture = rendered(driver, context, VAPictureParameterBufferType);
    const Buffer* slice = rendered(driver, context, VASliceParameterBufferType);
    const Buffer* data = rendered(driver, context, VASliceDataBufferType);
    if (!picture || !slice || !data || !rendered(driver, context, VAIQMatrixBufferType))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    const auto parameters = value_of<VASliceParameterBufferH264>(*slice);
    const Bytes plain = without_escapes(*data);
    Bytes& surface = driver.surfaces[context.target];
    VAStatus status = VA_STATUS_SUCCESS;
    std::size_t position = parameters.slice_data_bit_offset;
    if (read_ue(plain, position) == 25)
        status = decode_pcm(plain, parameters.slice_data_bit_offset, surface);
    else
        give_back(driver.remembered,
                  !driver.is("wrong-picture") &&
                      knows_enough(driver.remembered, value_of<VAPictureParameterBufferH264>(*picture), parameters),
                  surface);
    if (driver.is("wrong-picture"))
        surface[width * 2 + 5] ^= 1;
    return status;
}

}  // namespace fake_va
