#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// Bits, Exp-Golomb numbers and NAL units of H.264 (ITU-T H.264, 7.2, 7.3.1, 9.1 and annex B).

namespace gpupass::guest::vaapi {

using Bytes = std::vector<std::uint8_t>;

class BitWriter {
public:
    void bits(std::uint32_t value, unsigned count);  // the highest first; at most 32
    void flag(bool value) { bits(value ? 1 : 0, 1); }
    void ue(std::uint32_t value);                    // below 2^31
    void se(std::int32_t value);                     // beyond -2^30 and below 2^30
    void align();                                    // zero bits up to the next byte
    void byte(std::uint8_t value) { bits(value, 8); }
    void end();                                      // rbsp_trailing_bits()
    std::size_t size() const { return size_; }       // in bits
    const Bytes& bytes() const { return bytes_; }    // the last one filled with zero bits

private:
    Bytes bytes_;
    std::size_t size_{};
};

/// Never reads beyond its bytes: what is not there is 0, and ok() becomes false for good.
class BitReader {
public:
    explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}
    std::uint32_t bits(unsigned count);  // at most 32
    bool flag() { return bits(1) != 0; }
    std::uint32_t ue();
    std::int32_t se();
    /// Numbers beyond these bounds are not ok.
    std::uint32_t ue(std::uint32_t most);
    std::int32_t se(std::int32_t least, std::int32_t most);
    /// True when something comes before the trailing bits (more_rbsp_data()).
    bool has_more() const;
    std::size_t position() const { return position_; }  // in bits
    bool ok() const { return ok_; }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t position_{};
    bool ok_{true};
};

/// A start code of four bytes, the header and the escaped rest (with emulation_prevention_three_bytes).
Bytes nal_unit(std::uint8_t header, std::span<const std::uint8_t> rest);
/// Without emulation_prevention_three_bytes.
Bytes without_escapes(std::span<const std::uint8_t> nal);
/// The NAL units of a byte stream, from their headers on; at most 64.
std::vector<std::span<const std::uint8_t>> nal_units(std::span<const std::uint8_t> stream);

}  // namespace gpupass::guest::vaapi
