#include "rules/condition.hpp"

#include <gtest/gtest.h>

namespace gpupass {
namespace {

bool meets(std::string_view condition, std::string_view value)
{
    return holds(parse_condition(condition).value(), value);
}

TEST(Condition, ComparesWordsWithoutRegardToCase)
{
    EXPECT_TRUE(meets("gpu.vendor = intel", "Intel"));
    EXPECT_FALSE(meets("gpu.vendor = intel", "nvidia"));
    EXPECT_TRUE(meets("side = guest-linux|guest-windows", "guest-windows"));
    EXPECT_FALSE(meets("side != guest-linux | guest-windows", "guest-windows"));
    EXPECT_TRUE(meets("side != guest-linux", "host"));
}

TEST(Condition, ComparesVersionsNumberByNumber)
{
    EXPECT_TRUE(meets("kernel < 6.10", "6.9.12-9-pve"));
    EXPECT_FALSE(meets("kernel < 6.10", "6.10.0"));
    EXPECT_TRUE(meets("kernel >= 6.10", "6.10.1"));
    EXPECT_TRUE(meets("kernel <= 6.10", "6.10"));
    EXPECT_TRUE(meets("qemu > 9", "10.0"));
    EXPECT_FALSE(meets("qemu > 9", "9"));
    EXPECT_TRUE(meets("kernel > 6.10", "v6.12"));
    EXPECT_FALSE(meets("kernel < 6.10", "Debian"));
}

TEST(Condition, RefusesWhatIsNone)
{
    for (const char* text : {"", "kernel", "= 6.10", "kernel < ", "kernel < 6|7", "kernel ! 6", "kernel => 6", "kernel == 6", "a = |"})
        EXPECT_FALSE(parse_condition(text)) << text;
}

}  // namespace
}  // namespace gpupass
