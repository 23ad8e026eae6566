#include "guest/windows/checks.hpp"

#include <gmock/gmock.h>

// The pure part of the Windows program, by the compiler of this system.

namespace gpupass::guest {
namespace {

using testing::HasSubstr;

DisplayDevice iris()
{
    return {.instance = "PCI\\VEN_8086&DEV_9A49\\3", .name = "Intel(R) Iris(R) Xe Graphics", .id = PciId{0x8086, 0x9a49}, .address = PciAddress{0, 19, 0, 0}, .problem = 0,
            .started = true, .driver_version = "31.0.101.4575", .driver_date = "7-20-2023", .driver_provider = "Intel Corporation"};
}

DisplayDevice svga()
{
    return {.instance = "PCI\\VEN_15AD&DEV_0405\\1", .name = "VMware SVGA 3D", .id = PciId{0x15ad, 0x0405}, .address = PciAddress{0, 0, 15, 0}, .problem = 0, .started = true};
}

const Check& check(const PlatformReport& report, std::size_t at) { return report.checks.at(at); }

TEST(WindowsChecks, TakeTheHardwareAndNotTheHypervisorsCard)
{
    const PlatformReport report = check_displays({svga(), iris()}, {});
    ASSERT_TRUE(report.gpu);
    EXPECT_EQ(report.gpu->id, (PciId{0x8086, 0x9a49}));
    EXPECT_EQ(check(report, 1).result, "pass");
    EXPECT_THAT(check(report, 2).detail, HasSubstr("31.0.101.4575"));
    EXPECT_FALSE(check_displays({svga()}, {}).gpu);
    EXPECT_FALSE(check_displays({iris(), iris()}, {}).gpu) << "two: one has to be named";
}

TEST(WindowsChecks, ExplainProblemCodes)
{
    DisplayDevice broken = iris();
    broken.problem = 43;
    broken.started = false;
    const PlatformReport report = check_displays({svga(), broken}, {});
    EXPECT_EQ(check(report, 1).result, "fail");
    EXPECT_EQ(check(report, 1).value, 43);
    EXPECT_THAT(check(report, 1).detail, HasSubstr("its own driver reported a failure"));
    broken.problem = 99;
    EXPECT_EQ(check(check_displays({broken}, {}), 1).result, "fail");
    EXPECT_EQ(find_problem(99), nullptr);
}

TEST(WindowsChecks, KnowMicrosoftsBasicDriver)
{
    DisplayDevice basic = iris();
    basic.driver_provider = "Microsoft";
    EXPECT_EQ(check(check_displays({basic}, {}), 2).result, "warn");
}

TEST(ShutdownGuard, NeverDisablesTheOnlyEnabledAdapter)
{
    EXPECT_EQ(why_not_disable({svga(), iris()}, iris().instance), "");
    EXPECT_THAT(why_not_disable({iris()}, iris().instance), HasSubstr("only enabled"));
    DisplayDevice off = svga();
    off.problem = 22;
    EXPECT_THAT(why_not_disable({off, iris()}, iris().instance), HasSubstr("only enabled"));
    EXPECT_THAT(why_not_disable({svga()}, iris().instance), HasSubstr("not there"));
}

TEST(HardwareId, IsReadFromWindowsWords)
{
    EXPECT_EQ(id_in("PCI\\VEN_8086&DEV_9A49&SUBSYS_30048086&REV_01"), (PciId{0x8086, 0x9a49}));
    EXPECT_FALSE(id_in("ROOT\\BASICRENDER"));
    EXPECT_FALSE(id_in("VEN_80"));
    EXPECT_FALSE(id_in("VEN_ZZZZ&DEV_9A49"));
}

}  // namespace
}  // namespace gpupass::guest
