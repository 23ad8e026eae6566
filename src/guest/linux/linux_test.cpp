#include "guest/linux/checks.hpp"
#include "guest/linux/engine_times.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>

namespace gpupass::guest {
namespace {

using testing::HasSubstr;

LinuxFacts iris_guest()
{
    DisplayFunction gpu{.address = {0, 0, 2, 0}, .id = {0x8086, 0x9a49}, .class_code = 0x030000, .driver = "i915"};
    gpu.nodes = {{.name = "renderD128", .exists = true, .open_error = 0, .mode = 0660, .owner = "root:render", .group = "render"}};
    return {.functions = {gpu}, .system = "debian", .kernel = "6.1.0", .command_line = "", .log = std::vector<std::string>{}, .user = "ann", .groups = {"ann"}};
}

Check find(const PlatformReport& report, const std::string& id)
{
    const auto found = std::ranges::find(report.checks, id, &Check::id);
    return found == report.checks.end() ? Check{.id = "", .result = "", .detail = ""} : *found;
}

TEST(CheckLinux, SaysWhoMayNotOpenTheNodeAndWhatHelps)
{
    LinuxFacts facts = iris_guest();
    facts.functions[0].nodes[0].open_error = EACCES;
    const Check outside = find(check_linux(facts, {}), "node-access");
    EXPECT_EQ(outside.result, "fail");
    EXPECT_THAT(outside.detail, HasSubstr("belongs to root:render, mode 0660, and ann is in ann"));
    EXPECT_THAT(outside.fix, HasSubstr("usermod -aG render ann"));
    facts.groups.emplace_back("render");
    EXPECT_THAT(find(check_linux(facts, {}), "node-access").fix, HasSubstr("ACL"));
}

TEST(CheckLinux, NamesWhatKeepsTheDriverAway)
{
    LinuxFacts facts = iris_guest();
    facts.functions[0].driver = "";
    facts.command_line = "quiet nomodeset";
    EXPECT_THAT(find(check_linux(facts, {}), "driver-bound").fix, HasSubstr("nomodeset"));
    facts.functions[0].driver = "vfio-pci";
    EXPECT_EQ(find(check_linux(facts, {}), "driver-bound").result, "fail");
}

TEST(CheckLinux, ChoosesNoGpuByPosition)
{
    LinuxFacts facts = iris_guest();
    DisplayFunction second = facts.functions[0];
    second.address = {0, 1, 0, 0};
    facts.functions.push_back(second);
    EXPECT_FALSE(check_linux(facts, {}).gpu);
    EXPECT_EQ(check_linux(facts, {.address = second.address}).gpu->address, second.address);
    facts.functions[1].id = {0x15ad, 0x0405};  // VMware's own is no candidate
    EXPECT_EQ(check_linux(facts, {}).gpu->address, facts.functions[0].address);
}

TEST(CheckLinux, KnowsSinceWhenDriversCountEngineTime)
{
    LinuxFacts facts = iris_guest();
    EXPECT_TRUE(check_linux(facts, {}).gpu->engine_times_expected);
    facts.kernel = "5.15.0-91-generic";
    EXPECT_FALSE(check_linux(facts, {}).gpu->engine_times_expected);
    facts.functions[0].driver = "xe";
    facts.kernel = "6.8.0";
    EXPECT_FALSE(check_linux(facts, {}).gpu->engine_times_expected);
    facts.kernel = "garbage";
    EXPECT_FALSE(check_linux(facts, {}).gpu->engine_times_expected);
}

TEST(CheckKernelLog, IsAboutThisGpuOnly)
{
    LinuxFacts facts = iris_guest();
    facts.log = {"[1] i915 0000:01:00.0: [drm] declaring GPU wedged", "[2] i915 0000:00:02.0: [drm] Finished loading DMC firmware i915/tgl_dmc_ver2_12.bin (v2.12)"};
    const auto checks = check_kernel_log(facts, facts.functions[0]);
    ASSERT_EQ(checks.size(), 1u);
    EXPECT_EQ(checks[0].id, "firmware-dmc");
    EXPECT_EQ(checks[0].detail, "i915/tgl_dmc_ver2_12.bin");
    facts.log->emplace_back("[3] i915 0000:00:02.0: [drm] declaring GPU wedged");
    EXPECT_EQ(check_kernel_log(facts, facts.functions[0])[0].result, "fail");
}

TEST(CheckKernelLog, ForgivesAnOlderFirmwareInTheEnd)
{
    LinuxFacts facts = iris_guest();
    facts.log = {"[1] i915 0000:00:02.0: GuC firmware i915/tgl_guc_70.6.bin: fetch failed with error -2", "[2] i915 0000:00:02.0: GuC firmware i915/tgl_guc_70.1.bin version 70.1.1"};
    EXPECT_EQ(check_kernel_log(facts, facts.functions[0])[0].result, "pass");
}

TEST(Fdinfo, CountsTheWorkOfEnginesByAddress)
{
    EngineTimes times;
    add_fdinfo("pos:\t0\ndrm-driver:\ti915\ndrm-pdev:\t0000:00:02.0\ndrm-engine-render:\t100 ns\ndrm-engine-copy:\t20 ns\ndrm-engine-capacity-video:\t2\n", times);
    add_fdinfo("drm-driver:\txe\ndrm-pdev:\t0000:03:00.0\ndrm-cycles-rcs:\t7\ndrm-total-cycles-rcs:\t99999\n", times);
    add_fdinfo("drm-driver:\ti915\ndrm-pdev:\t0000:04:00.0\n", times);  // an older kernel: it does not count
    add_fdinfo("pos:\t0\nflags:\t02\n", times);
    EXPECT_EQ(times, (EngineTimes{{{0, 0, 2, 0}, 120}, {{0, 3, 0, 0}, 7}, {{0, 4, 0, 0}, std::nullopt}}));
}

}  // namespace
}  // namespace gpupass::guest
