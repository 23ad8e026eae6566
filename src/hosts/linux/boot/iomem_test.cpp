#include "hosts/linux/boot/iomem.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* root_sees = R"(00001000-0009ffff : System RAM
000a0000-000fffff : Reserved
  000a0000-000bffff : PCI Bus 0000:00
80000000-bfffffff : PCI Bus 0000:00
  90000000-907fffff : PCI Bus 0000:01
4000000000-7fffffffff : PCI Bus 0000:00
  4000000000-400fffffff : 0000:00:02.0
    4000000000-40007e8fff : BOOTFB
      4000000000-40007e8fff : efifb
  6000000000-6000ffffff : 0000:00:02.0
)";

constexpr std::uint64_t bar = 0x4000000000;
constexpr std::uint64_t bar_last = 0x400fffffff;

Iomem parsed(std::string_view text)
{
    const auto iomem = parse_iomem(text);
    EXPECT_TRUE(iomem) << iomem.error();
    return iomem.value_or(Iomem{});
}

TEST(Iomem, FindsTheFramebufferInABar)
{
    const auto iomem = parsed(root_sees);
    EXPECT_EQ(iomem.ranges.size(), 10U);
    EXPECT_FALSE(iomem.is_hidden);

    const auto found = framebuffers(iomem, bar, bar_last);
    ASSERT_TRUE(found);
    EXPECT_THAT(*found,
                ElementsAre(IomemRange{bar, 0x40007e8fff, 2, "BOOTFB"}, IomemRange{bar, 0x40007e8fff, 3, "efifb"}));
    EXPECT_EQ(inside(iomem, bar, bar_last)->size(), 3U);
}

TEST(Iomem, ABarWithoutOneIsFree)
{
    EXPECT_THAT(framebuffers(parsed(root_sees), 0x6000000000, 0x6000ffffff).value(), IsEmpty());
    EXPECT_THAT(framebuffers(parsed(root_sees), 0x4000800000, bar_last).value(), IsEmpty());
}

TEST(Iomem, KnowsTheNamesOfFramebuffers)
{
    for (const std::string name : {"simpledrm", "vesafb", "simplefb", "BOOTFB", "efifb"})
        EXPECT_EQ(framebuffers(parsed("1000-1fff : " + name), 0x1800, 0x27ff)->size(), 1U) << name;
}

TEST(Iomem, OthersThanRootSeeNothing)
{
    const auto iomem = parsed(
        "00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n00000000-00000000 : PCI Bus 0000:00\r\n");
    EXPECT_TRUE(iomem.is_hidden);
    EXPECT_EQ(framebuffers(iomem, 0, 1), std::nullopt);
    EXPECT_EQ(inside(iomem, 0, 1), std::nullopt);
    EXPECT_FALSE(parsed("").is_hidden);
}

TEST(Iomem, NamesTheLineAndTheFieldThatIsWrong)
{
    const auto place = [](std::string_view text) { return parse_iomem(text).error().where; };
    EXPECT_THAT(place("0-1 : a\nhello\n"), ElementsAre("line 2"));
    EXPECT_THAT(place("0-1 : a\n   0-1 : b"), ElementsAre("line 2"));
    EXPECT_EQ(parse_iomem("0-xyz : a").error().what, "last address: not a number: 0-xyz : a");
    for (const std::string text : {"2-1 : a", "-1 : a", "0-11112222333344445 : a", "0-1:a", "0x1-0x2 : a"})
        EXPECT_FALSE(parse_iomem(text)) << text;
    EXPECT_FALSE(parse_iomem(std::string(200, ' ') + "0-1 : a"));
}

}  // namespace
}  // namespace gpupass::linux_host::boot
