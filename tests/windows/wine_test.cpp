#include "integration/process.hpp"
#include "report.hpp"
#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using test::Report;
using testing::HasSubstr;
using testing::Not;

constexpr const char* wine = "/usr/bin/wine";

/// A Windows of wine in a folder that is gone afterwards.
class Wine : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        if (!fs::exists(wine) || !fs::exists(GPUPASS_GUEST_EXE))
            return;
        folder_ = new test::TempFolder;
        run({wine, "wineboot", "-i"});
    }
    static void TearDownTestSuite()
    {
        if (!folder_)
            return;
        run({"/usr/lib/wine/wineserver64", "-k"});
        run({"/usr/lib/wine/wineserver64", "-w"});
        delete folder_;
    }
    void SetUp() override
    {
        if (!folder_)
            GTEST_SKIP() << "wine is not installed, or gpupass-guest.exe was not built (tools/guest-program windows BUILD)";
    }

    static test::Finished run(std::vector<std::string> argv)
    {
        return test::run({.argv = std::move(argv),
                          .environment = {{"WINEPREFIX", folder_->file("prefix")}, {"WINEDEBUG", "-all"}, {"WINEDLLOVERRIDES", "mscoree,mshtml="}, {"HOME", folder_->path().string()}},
                          .limit = std::chrono::minutes{3}});
    }
    static test::Finished guest(std::vector<std::string> words)
    {
        words.insert(words.begin(), {wine, GPUPASS_GUEST_EXE});
        return run(std::move(words));
    }
    /// Files of ours in that Windows.
    static std::vector<std::string> traces()
    {
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator{folder_->file("prefix/drive_c"), fs::directory_options::skip_permission_denied})
            if (entry.path().string().find("gpupass") != std::string::npos && entry.path().string().find("/gpupass", folder_->file("prefix").size()) != std::string::npos)
                found.push_back(entry.path().string());
        return found;
    }
    static bool has_service() { return run({wine, "reg", "query", "HKLM\\SYSTEM\\CurrentControlSet\\Services\\gpupass-guard"}).exit_code == 0; }

    static inline test::TempFolder* folder_{};
};

TEST_F(Wine, TheReportIsJsonAndClaimsNothingThatWineCannotKnow)
{
    const auto finished = guest({"--json", "--fast"});
    const Report found{finished.out};
    ASSERT_TRUE(found.is_json()) << finished.out << finished.err;
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_EQ(found.verdict(), "not-working");
    for (const char* id : {"pci-present", "driver-problem", "driver-version", "windows-dxgi", "windows-vbs", "windows-restart", "windows-bugchecks", "windows-reboots"}) {
        EXPECT_EQ(found.result(id), "skip") << id;
        EXPECT_THAT(found.detail(id), HasSubstr("wine")) << id;
    }
    EXPECT_EQ(found.result("opencl-device"), "skip");
}

TEST_F(Wine, APartRunsInAProcessOfItsOwn)
{
    const Report found{guest({"--json", "--fast", "--allow-software"}).out};
    ASSERT_TRUE(found.is_json());
    // Where wine passes pocl on, it computes; without any OpenCL it says what is missing.
    EXPECT_TRUE(found.result("opencl-compute-int") == "pass" || found.result("opencl-device") == "skip") << found.detail("opencl-device");
    EXPECT_EQ(found.result("opencl-process"), "") << found.detail("opencl-process");
}

TEST_F(Wine, TheGuardInstallsReportsAndRemovesItself)
{
    EXPECT_EQ(guest({"guard", "status"}).exit_code, 1);
    const auto installed = guest({"guard", "install"});
    ASSERT_EQ(installed.exit_code, 0) << installed.err;
    EXPECT_THAT(installed.out, HasSubstr("unproven on Intel Xe"));
    EXPECT_TRUE(has_service());
    EXPECT_FALSE(traces().empty());
    const auto status = guest({"guard", "status", "--json"});
    EXPECT_EQ(status.exit_code, 0);
    EXPECT_THAT(status.out, HasSubstr("\"installed\": true"));
    EXPECT_THAT(status.out, HasSubstr("\"proven\": false"));
    EXPECT_NE(guest({"guard", "install"}).exit_code, 0) << "it is there already";
    EXPECT_EQ(guest({"guard", "remove"}).exit_code, 0);
    EXPECT_FALSE(has_service());
    EXPECT_EQ(traces(), std::vector<std::string>{});
    EXPECT_EQ(guest({"guard", "status"}).exit_code, 1);
}

TEST_F(Wine, RefusesWordsItDoesNotKnow)
{
    EXPECT_EQ(guest({"--jsno"}).exit_code, 2);
    EXPECT_EQ(guest({"guard", "explode"}).exit_code, 2);
}

}  // namespace
}  // namespace gpupass
