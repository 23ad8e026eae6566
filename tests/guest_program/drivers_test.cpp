#include "integration/process.hpp"
#include "report.hpp"
#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Report;
using testing::HasSubstr;
using testing::Not;

std::set<std::string> names_in(const fs::path& folder)
{
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder})
        names.insert(entry.path().filename().string());
    return names;
}

/// A recorded guest with an Iris Xe, the fake driver as its only OpenCL driver, and folders of its own.
class FakeDriver : public testing::Test {
protected:
    void SetUp() override
    {
        const std::string device = folder_.file("root/sys/bus/pci/devices/0000:00:02.0");
        fs::create_directories(device + "/drm/renderD128");
        fs::create_directories(folder_.file("tmp"));
        fs::create_directories(folder_.file("vendors"));
        fs::create_directories(folder_.file("root/sys/bus/pci/drivers/i915"));
        for (const auto& [name, text] : std::map<std::string, std::string>{{device + "/vendor", "0x8086\n"}, {device + "/device", "0x9a49\n"}, {device + "/class", "0x030000\n"},
                                                                            {folder_.file("root/dev/dri/renderD128"), ""}, {folder_.file("vendors/fake.icd"), FAKE_ICD "\n"}}) {
            fs::create_directories(fs::path{name}.parent_path());
            test::write_text(name, text);
        }
        fs::create_symlink("../../drivers/i915", device + "/driver");
        set_kernel("5.10.0-13-amd64");
    }

    void set_kernel(const std::string& release)
    {
        fs::create_directories(folder_.file("root/proc/sys/kernel"));
        test::write_text(folder_.file("root/proc/sys/kernel/osrelease"), release + "\n");
    }

    Report report(const std::string& mode, const std::string& speed = "--fast")
    {
        const auto finished = test::run({.argv = {GPUPASS_GUEST, "--json", speed}, .environment = environment(mode)});
        EXPECT_EQ(names_in(folder_.file("tmp")), std::set<std::string>{});
        exit_code_ = finished.exit_code;
        took_ = finished.took;
        return Report{finished.out};
    }

    std::map<std::string, std::string> environment(const std::string& mode) const
    {
        return {{"GPUPASS_GUEST_ROOT", folder_.file("root")}, {"GPUPASS_FAKE_ICD", mode}, {"OCL_ICD_VENDORS", folder_.file("vendors")},
                {"TMPDIR", folder_.file("tmp")}, {"HOME", folder_.path().string()}, {"ASAN_OPTIONS", "detect_leaks=0"}};
    }

    test::TempFolder folder_;
    int exit_code_{};
    std::chrono::milliseconds took_{};
};

TEST_F(FakeDriver, ThatComputesRightlyPasses)
{
    const Report found = report("right");
    ASSERT_TRUE(found.is_json());
    for (const char* id : {"pci-present", "driver-bound", "node-render", "opencl-device", "opencl-buffer", "opencl-compute-int", "opencl-compute-float", "opencl-compute-local"})
        EXPECT_EQ(found.result(id), "pass") << id << ": " << found.detail(id);
    EXPECT_EQ(found.result("engine-opencl"), "skip") << "Linux 5.10 does not count";
}

TEST_F(FakeDriver, ThatSaysItIsTheGpuIsCaughtWhereTheKernelCounts)
{
    set_kernel("6.1.0-28-amd64");
    const Report found = report("right");
    EXPECT_EQ(found.result("engine-opencl"), "fail");
    EXPECT_EQ(found.verdict(), "not-working");
    EXPECT_THAT(found.why(), HasSubstr("something else computed"));
    EXPECT_EQ(exit_code_, 1);
}

TEST_F(FakeDriver, ThatTellsNoAddressIsNotTakenForTheGpu)
{
    set_kernel("6.1.0-28-amd64");
    const Report found = report("no-address");
    EXPECT_EQ(found.result("opencl-device"), "warn");
    EXPECT_THAT(found.detail("opencl-device"), HasSubstr("it is not the GPU at 0000:00:02.0"));
    EXPECT_EQ(found.result("opencl-compute-int"), "");
}

TEST_F(FakeDriver, ThatAddsUpWronglyIsCaught)
{
    const Report found = report("wrong-sums");
    EXPECT_EQ(found.result("opencl-compute-int"), "pass");
    EXPECT_EQ(found.result("opencl-compute-local"), "fail");
    EXPECT_THAT(found.detail("opencl-compute-local"), HasSubstr("item 0 of 256 is"));
    EXPECT_EQ(found.verdict(), "not-working");
}

TEST_F(FakeDriver, ThatGetsOneBitOfOneItemWrongIsCaught)
{
    const Report found = report("wrong-int");
    EXPECT_EQ(found.result("opencl-compute-int"), "fail");
    EXPECT_THAT(found.detail("opencl-compute-int"), HasSubstr("item 77777 of 100003"));
}

TEST_F(FakeDriver, ThatLosesAByteIsCaught)
{
    EXPECT_EQ(report("lost-byte").result("opencl-buffer"), "fail");
}

TEST_F(FakeDriver, ThatHangsIsCutAndNamedAndTheOthersAnswer)
{
    const Report found = report("hangs");
    EXPECT_EQ(found.result("opencl-process"), "fail");
    EXPECT_THAT(found.detail("opencl-process"), HasSubstr("did not answer within 5 s and was cut while computing on Fake GPU"));
    EXPECT_EQ(found.result("opencl-buffer"), "pass") << "what was finished before counts";
    EXPECT_NE(found.result("vulkan-device"), "");
    EXPECT_EQ(found.verdict(), "not-working");
    EXPECT_LT(took_, 30s);
}

TEST_F(FakeDriver, ThatIsOnlySlowIsNotBroken)
{
    const Report found = report("slow", "--json");
    EXPECT_EQ(found.result("opencl-process"), "");
    EXPECT_EQ(found.result("opencl-compute-local"), "pass");
    EXPECT_EQ(found.result("speed-opencl-launch"), "skip");
    EXPECT_THAT(found.detail("speed-opencl-launch"), HasSubstr("took too long"));
}

TEST_F(FakeDriver, ThatCrashesIsNamed)
{
    const Report found = report("crashes");
    EXPECT_THAT(found.detail("opencl-process"), HasSubstr("crashed with signal 9"));
    EXPECT_EQ(found.verdict(), "not-working");
}

TEST_F(FakeDriver, ThatHangsLeavesNothingWhenTheProgramIsToldToEnd)
{
    const auto finished = test::run({.argv = {"/usr/bin/timeout", "-s", "TERM", "1", GPUPASS_GUEST, "--json"}, .environment = environment("hangs")});
    EXPECT_EQ(finished.exit_code, 124);
    EXPECT_EQ(names_in(folder_.file("tmp")), std::set<std::string>{});
    // Its own processes, by the folder that is in their environment: other tests run such parts at the same time.
    EXPECT_EQ(test::run({.argv = {"/bin/sh", "-c", "grep -lsaF \"$0\" /proc/[0-9]*/environ", folder_.file("tmp")}}).out, "");
}

/// The renderers of this very system: pocl and lavapipe, where they are installed.
class Software : public testing::Test {
protected:
    Report report(const std::vector<std::string>& words)
    {
        std::vector<std::string> argv{GPUPASS_GUEST, "--json"};
        argv.insert(argv.end(), words.begin(), words.end());
        fs::create_directories(folder_.file("tmp"));
        const auto finished = test::run({.argv = argv, .environment = {{"HOME", folder_.path().string()}, {"TMPDIR", folder_.file("tmp")}, {"ASAN_OPTIONS", "detect_leaks=0"}}});
        exit_code_ = finished.exit_code;
        EXPECT_EQ(names_in(folder_.path()), std::set<std::string>{"tmp"}) << "caches stay nowhere";
        EXPECT_EQ(names_in(folder_.file("tmp")), std::set<std::string>{});
        return Report{finished.out};
    }
    bool has_pocl() const { return fs::exists("/etc/OpenCL/vendors/pocl.icd"); }
    bool has_lavapipe() const { return fs::exists("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"); }

    test::TempFolder folder_;
    int exit_code_{};
};

TEST_F(Software, IsNamedAndNeverTakenForAGpu)
{
    if (!has_pocl() || !has_lavapipe())
        GTEST_SKIP() << "pocl or lavapipe is not installed";
    const Report found = report({"--fast", "--device", "8086:9a49"});
    EXPECT_EQ(found.verdict(), "not-working");
    EXPECT_EQ(exit_code_, 1);
    EXPECT_THAT(found.detail("software-opencl"), HasSubstr("pocl"));
    EXPECT_THAT(found.detail("software-vulkan"), HasSubstr("llvmpipe"));
    EXPECT_EQ(found.result("opencl-compute-int"), "");
}

TEST_F(Software, ComputesRightlyOnRequestAndIsStillNoGpu)
{
    if (!has_pocl() || !has_lavapipe())
        GTEST_SKIP() << "pocl or lavapipe is not installed";
    const Report found = report({"--allow-software", "--device", "8086:9a49"});
    for (const char* api : {"opencl", "vulkan"}) {
        for (const char* name : {"-buffer", "-compute-int", "-compute-float", "-compute-local"})
            EXPECT_EQ(found.result(std::string{api} + name), "pass") << api << name << ": " << found.detail(std::string{api} + name);
        EXPECT_EQ(found.result("speed-" + std::string{api} + "-fp32"), "pass");
        EXPECT_EQ(found.result("software-accepted-" + std::string{api}), "warn");
    }
    EXPECT_EQ(found.verdict(), "unproven") << found.why();
    EXPECT_EQ(exit_code_, 0);
}

TEST(GuestProgram, RefusesWordsItDoesNotKnow)
{
    EXPECT_EQ(test::run({.argv = {GPUPASS_GUEST, "--jsno"}}).exit_code, 2);
    EXPECT_EQ(test::run({.argv = {GPUPASS_GUEST, "--device", "0:2"}}).exit_code, 2);
    EXPECT_THAT(test::run({.argv = {GPUPASS_GUEST, "--version"}}).out, HasSubstr("gpupass-guest "));
}

}  // namespace
}  // namespace gpupass
