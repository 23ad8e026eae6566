#include "hosts/linux/boot/pci_attributes.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {

static void PrintTo(const Bar& bar, std::ostream* out)
{
    *out << bar.index << ": " << std::hex << bar.start << " size " << bar.size;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* integrated =
    "0x0000006000000000 0x0000006000ffffff 0x0000000000140204;0x0000000000000000 0x0000000000000000 0x0000000000000000;"
    "0x0000004000000000 0x000000400fffffff 0x000000000014220c;0x0000000000000000 0x0000000000000000 0x0000000000000000;"
    "0x0000000000003000 0x000000000000303f 0x0000000000040101;0x0000000000000000 0x0000000000000000 0x0000000000000000;"
    "0x00000000000c0000 0x00000000000dffff 0x0000000000000212;";

TEST(Resource, ReadsTheBarsOfAGpu)
{
    const auto bars = parse_resource(integrated);

    ASSERT_TRUE(bars) << bars.error();
    EXPECT_THAT(
        *bars,
        ElementsAre(Bar{.index = 0, .start = 0x6000000000, .size = 0x1000000, .is_64 = true},
                    Bar{.index = 2, .start = 0x4000000000, .size = 0x10000000, .is_64 = true, .is_prefetchable = true},
                    Bar{.index = 4, .start = 0x3000, .size = 0x40, .is_io = true},
                    Bar{.index = 6, .start = 0xc0000, .size = 0x20000, .is_rom = true}));
    EXPECT_EQ(bars->at(1).last(), 0x400fffffffU);
}

TEST(Resource, TakesLineEndsToo)
{
    const auto bars = parse_resource("0xfe000000 0xfe003fff 0x40200\n0x0 0x0 0x0\n");
    ASSERT_TRUE(bars) << bars.error();
    EXPECT_THAT(*bars, ElementsAre(Bar{.index = 0, .start = 0xfe000000, .size = 0x4000}));
    EXPECT_THAT(parse_resource("").value(), IsEmpty());
}

TEST(Resource, NamesTheLineAndTheFieldThatIsWrong)
{
    const auto bad = parse_resource("0x0 0x0 0x0;0x0 zero 0x0;");
    ASSERT_FALSE(bad);
    EXPECT_THAT(bad.error().where, ElementsAre("line 2"));
    EXPECT_EQ(bad.error().what, "end: not a number: zero");
    std::string many;
    for (int i = 0; i < 33; ++i)
        many += "0x0 0x0 0x0;";
    for (const std::string& text :
         {std::string{"0x0 0x0"}, std::string{"0x0 0x0 0x0 0x0"}, std::string{"0x2 0x1 0x200"}, std::string{";;"},
          std::string{"0x 0x 0x"}, std::string{"0x0 0xffffffffffffffff 0x0"},
          std::string{"0x11112222333344445 0x0 0x0"}, many})
        EXPECT_FALSE(parse_resource(text)) << text;
}

TEST(ResetMethod, ReadsTheWaysInOrder)
{
    EXPECT_THAT(parse_reset_methods("device_specific flr bus\n").value(), ElementsAre("device_specific", "flr", "bus"));
    EXPECT_THAT(parse_reset_methods("flr;").value(), ElementsAre("flr"));
    EXPECT_THAT(parse_reset_methods("\n").value(), IsEmpty());
}

TEST(ResetMethod, RefusesWhatCannotBeOne)
{
    EXPECT_FALSE(parse_reset_methods("flr \x1b[2J"));
    EXPECT_FALSE(parse_reset_methods(std::string(40, 'a')));
    EXPECT_FALSE(parse_reset_methods("a a a a a a a a a a a a a a a a a"));
}

}  // namespace
}  // namespace gpupass::linux_host::boot
