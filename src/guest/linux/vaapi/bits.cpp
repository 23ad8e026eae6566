#include "guest/linux/vaapi/bits.hpp"

#include <algorithm>

namespace gpupass::guest::vaapi {

namespace {

constexpr std::size_t most_units = 64;

/// Where the next 00 00 01 begins; the size of the stream when there is none.
std::size_t next_start(std::span<const std::uint8_t> stream, std::size_t from)
{
    for (std::size_t i = from; i + 3 <= stream.size(); ++i)
        if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1)
            return i;
    return stream.size();
}

/// trailing_zero_8bits and the zero_byte of the next start code belong to no unit.
std::span<const std::uint8_t> without_zeros(std::span<const std::uint8_t> unit)
{
    while (!unit.empty() && unit.back() == 0)
        unit = unit.first(unit.size() - 1);
    return unit;
}

}  // namespace

void BitWriter::bits(std::uint32_t value, unsigned count)
{
    for (unsigned i = count; i-- > 0;) {
        if (size_ % 8 == 0)
            bytes_.push_back(0);
        bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | ((value >> i & 1) << (7 - size_ % 8)));
        ++size_;
    }
}

void BitWriter::ue(std::uint32_t value)
{
    unsigned length = 1;
    while ((value + 1) >> length != 0)
        ++length;
    bits(0, length - 1);
    bits(value + 1, length);
}

void BitWriter::se(std::int32_t value)
{
    ue(value > 0 ? static_cast<std::uint32_t>(2 * value - 1) : static_cast<std::uint32_t>(-2 * value));
}

void BitWriter::align()
{
    while (size_ % 8 != 0)
        flag(false);
}

void BitWriter::end()
{
    flag(true);
    align();
}

std::uint32_t BitReader::bits(unsigned count)
{
    ok_ = ok_ && bytes_.size() * 8 - position_ >= count;
    std::uint32_t value = 0;
    for (unsigned i = 0; ok_ && i < count; ++i, ++position_)
        value = value << 1 | (bytes_[position_ / 8] >> (7 - position_ % 8) & 1u);
    return value;
}

std::uint32_t BitReader::ue()
{
    unsigned zeros = 0;
    while (ok_ && zeros < 32 && !flag())
        ++zeros;
    ok_ = ok_ && zeros < 32;
    const std::uint32_t rest = bits(zeros);
    return ok_ ? (1u << zeros) - 1 + rest : 0;
}

std::uint32_t BitReader::ue(std::uint32_t most)
{
    const std::uint32_t value = ue();
    ok_ = ok_ && value <= most;
    return ok_ ? value : 0;
}

std::int32_t BitReader::se()
{
    const std::uint32_t value = ue();
    const auto half = static_cast<std::int32_t>(value / 2);
    return value % 2 == 1 ? half + 1 : -half;
}

std::int32_t BitReader::se(std::int32_t least, std::int32_t most)
{
    const std::int32_t value = se();
    ok_ = ok_ && value >= least && value <= most;
    return ok_ ? value : 0;
}

bool BitReader::has_more() const
{
    const auto last = std::find_if(bytes_.rbegin(), bytes_.rend(), [](std::uint8_t byte) { return byte != 0; });
    if (!ok_ || last == bytes_.rend())
        return false;
    std::size_t stop = static_cast<std::size_t>(bytes_.rend() - last) * 8 - 1;
    for (unsigned byte = *last; byte % 2 == 0; byte /= 2)
        --stop;
    return position_ < stop;
}

Bytes nal_unit(std::uint8_t header, std::span<const std::uint8_t> rest)
{
    Bytes unit{0, 0, 0, 1, header};
    unsigned zeros = 0;
    for (const std::uint8_t byte : rest) {
        if (zeros == 2 && byte <= 3) {
            unit.push_back(3);
            zeros = 0;
        }
        unit.push_back(byte);
        zeros = byte == 0 ? zeros + 1 : 0;
    }
    return unit;
}

Bytes without_escapes(std::span<const std::uint8_t> nal)
{
    Bytes plain;
    unsigned zeros = 0;
    for (const std::uint8_t byte : nal) {
        const bool is_escape = zeros == 2 && byte == 3;
        if (!is_escape)
            plain.push_back(byte);
        zeros = byte == 0 ? std::min(zeros + 1, 2u) : 0;
    }
    return plain;
}

std::vector<std::span<const std::uint8_t>> nal_units(std::span<const std::uint8_t> stream)
{
    std::vector<std::span<const std::uint8_t>> units;
    std::size_t begin = next_start(stream, 0);
    while (begin < stream.size() && units.size() < most_units) {
        const std::size_t end = next_start(stream, begin + 3);
        if (const auto unit = without_zeros(stream.subspan(begin + 3, end - begin - 3)); !unit.empty())
            units.push_back(unit);
        begin = end;
    }
    return units;
}

}  // namespace gpupass::guest::vaapi
