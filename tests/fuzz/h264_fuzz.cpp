#include "guest/linux/vaapi/h264.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

// What an encoder wrote: its headers are read within bounds, and what was read is written and read again the same.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace gpupass::guest::vaapi;
    const CodedPicture coded = read_coded({data, size}, {.width_in_mbs = 16, .height_in_mbs = 16}, {});
    if (!coded.wrong.empty())
        return 0;
    for (const Slice& slice : coded.slices) {
        BitWriter out;
        write_slice_header(coded.sequence, coded.parameters, slice, out);
        out.flag(true);
        out.end();
        const Bytes unit = nal_unit(idr_nal, out.bytes());
        const CodedPicture again = read_coded(unit, coded.sequence, coded.parameters);
        if (slice.data_bit_offset > slice.nal.size() * 8 || !again.wrong.empty() || again.slices.size() != 1)
            std::abort();
        const Slice& same = again.slices.front();
        if (same.first_mb != slice.first_mb || same.frame_num != slice.frame_num || same.qp_delta != slice.qp_delta ||
            same.beta_offset_div2 != slice.beta_offset_div2)
            std::abort();
    }
    return 0;
}
