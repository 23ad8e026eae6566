#include "guest/linux/vaapi/bits.hpp"

#include <gmock/gmock.h>

using namespace gpupass::guest::vaapi;
using testing::ElementsAre;

TEST(Bits, WritesTheTableOfExpGolombNumbers)
{
    BitWriter out;  // table 9-2: 1, 010, 011, 00100
    for (const unsigned value : {0u, 1u, 2u, 3u})
        out.ue(value);
    EXPECT_EQ(out.size(), 12u);
    EXPECT_THAT(out.bytes(), ElementsAre(0b1010'0110, 0b0100'0000));
}

TEST(Bits, ReadsWhatItWrote)
{
    BitWriter out;
    out.bits(0xabcd, 16);
    for (const int value : {0, 1, -1, 2, -2, 51, -51, 1 << 29, -(1 << 29)})
        out.se(value);
    out.ue(0x7ffffffe);
    out.end();

    BitReader in{out.bytes()};
    EXPECT_EQ(in.bits(16), 0xabcdu);
    for (const int value : {0, 1, -1, 2, -2, 51, -51, 1 << 29, -(1 << 29)})
        EXPECT_EQ(in.se(), value);
    EXPECT_EQ(in.ue(), 0x7ffffffeu);
    EXPECT_TRUE(in.ok());
    EXPECT_FALSE(in.has_more());
}

TEST(Bits, ReadsNothingBeyondTheEnd)
{
    const Bytes bytes{0x00, 0x01};
    BitReader in{bytes};
    EXPECT_EQ(in.ue(), 0u);
    EXPECT_FALSE(in.ok());
    EXPECT_EQ(in.bits(1), 0u);
    BitReader long_one{bytes};
    EXPECT_EQ(long_one.bits(32), 0u);
    EXPECT_FALSE(long_one.ok());
}

TEST(Bits, RefusesNumbersOfMoreThan32Bits)
{
    const Bytes bytes{0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0};
    BitReader in{bytes};
    in.ue();
    EXPECT_FALSE(in.ok());
}

TEST(Bits, RefusesNumbersOutOfBounds)
{
    BitWriter out;
    out.ue(9);
    BitReader in{out.bytes()};
    EXPECT_EQ(in.ue(8), 0u);
    EXPECT_FALSE(in.ok());
}

TEST(Bits, SeesWhereTheTrailingBitsBegin)
{
    BitWriter out;
    out.bits(5, 3);
    out.end();
    BitReader in{out.bytes()};
    EXPECT_TRUE(in.has_more());
    in.bits(3);
    EXPECT_FALSE(in.has_more());
    EXPECT_FALSE(BitReader{Bytes{}}.has_more());
}

TEST(Bits, EscapesWhatLooksLikeAStartCode)
{
    const Bytes plain{0, 0, 1, 0, 0, 0, 0, 3, 7};
    const Bytes unit = nal_unit(0x65, plain);
    EXPECT_THAT(unit, ElementsAre(0, 0, 0, 1, 0x65, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3, 7));
    EXPECT_EQ(without_escapes(std::span{unit}.subspan(5)), plain);
}

TEST(Bits, FindsUnitsBehindShortAndLongStartCodes)
{
    const Bytes stream{9, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 1, 0, 0, 1, 0x65, 3, 0, 0};
    const auto units = nal_units(stream);
    ASSERT_EQ(units.size(), 3u);
    EXPECT_THAT(units[0], ElementsAre(0x67, 1));
    EXPECT_THAT(units[1], ElementsAre(0x68, 2));
    EXPECT_THAT(units[2], ElementsAre(0x65, 3));
}
