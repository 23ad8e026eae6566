#include "cli/text.hpp"

#include "cli/table.hpp"

#include <gmock/gmock.h>

namespace gpupass::cli {
namespace {

using namespace std::chrono_literals;

TEST(Printable, ShowsControlsInsteadOfRunningThem)
{
    EXPECT_EQ(printable("\x1b[2Jgone"), "\\x1b[2Jgone");
    EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
    EXPECT_EQ(printable(std::string_view{"\0\x7f", 2}), "\\x00\\x7f");
    EXPECT_EQ(printable("\xc2\x9b" "31m"), "\\x9b31m");  // the one-character form of ESC [
    EXPECT_EQ(printable("\xe2\x80\xae" "abc"), "\\u202eabc");
}

TEST(Printable, KeepsUtf8AndShowsOtherBytes)
{
    EXPECT_EQ(printable("Grüße 𝄞 it's"), "Grüße 𝄞 it's");
    EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");          // overlong
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half a surrogate pair
    EXPECT_EQ(printable("\xf0\x9d\x84"), "\\xf0\\x9d\\x84");  // cut off
}

TEST(Nearest, FindsSlipsOfTheFingersOnly)
{
    const std::vector<std::string> words{"inspect", "attach", "detach"};
    EXPECT_EQ(nearest("inspec", words), "inspect");
    EXPECT_EQ(nearest("atach", words), "attach");
    EXPECT_EQ(nearest("serve", words), std::nullopt);
    EXPECT_EQ(nearest("", words), std::nullopt);
    EXPECT_EQ(nearest(std::string(100'000, 'a'), words), std::nullopt);
}

TEST(DurationText, IsShort)
{
    EXPECT_EQ(duration_text(340ms), "0.3 s");
    EXPECT_EQ(duration_text(40s), "40 s");
    EXPECT_EQ(duration_text(125s), "2 min 05 s");
}

TEST(Wrap, BreaksAtBlanks)
{
    EXPECT_EQ(wrap("aa bb cc", 6, 0), "aa bb\ncc");
    EXPECT_EQ(wrap("aa bb cc", 100, 2), "aa bb cc");
    EXPECT_EQ(wrap("aaaaaaaaaa b", 5, 2), "aaaaaaaaaa\n  b");
    EXPECT_EQ(wrap("", 5, 2), "");
}

TEST(Table, AlignsByWhatIsSeen)
{
    const Table table{.header = {"VM", "POWER", ""}, .rows = {{{"grüße"}, {"on"}, {""}}, {{"a\nb"}, {"off"}, {"x"}}}, .indent = 2};
    EXPECT_EQ(table.render({}), "  VM     POWER\n"
                                "  grüße  on\n"
                                "  a\\nb   off    x\n");
}

TEST(Table, ColoursOnlyWhereWanted)
{
    const Table table{.header = {"A"}, .rows = {{{"x", Colour::red}}}};
    EXPECT_EQ(table.render({.enabled = false}), "A\nx\n");
    EXPECT_EQ(table.render({.enabled = true}), "\x1b[2mA\x1b[0m\n\x1b[31mx\x1b[0m\n");
}

}  // namespace
}  // namespace gpupass::cli
