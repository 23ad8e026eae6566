#include "integration/process.hpp"
#include "report.hpp"
#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <set>

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::Report;
using testing::HasSubstr;

/// A guest that is reached over a real sshd: this system as another one sees it, with temporary folders of its own.
class GuestOverSsh : public testing::Test {
protected:
    void SetUp() override
    {
        if (!test::sshd_is_installed())
            GTEST_SKIP() << "no sshd is installed";
        test::make_key(folder_.file("key"));
        fs::copy(folder_.file("key.pub"), folder_.file("authorized_keys"));
        for (const char* name : {"tmp", "home"})
            fs::create_directories(folder_.file(name));
        // What the guest's user would have is set by the server, so that all its traces are in one place.
        sshd_.emplace(folder_.path(), "SetEnv TMPDIR=" + folder_.file("tmp") + " HOME=" + folder_.file("home") + " ASAN_OPTIONS=detect_leaks=0\n");
        test::write_text(folder_.file("known_hosts"), sshd_->known_line() + "\n");
    }

    std::vector<std::string> words(std::vector<std::string> more) const
    {
        std::vector<std::string> all{GPUPASS, "verify", "--json", "--fast", "--guest", "linux+ssh://" + std::string{getpwuid(getuid())->pw_name} + "@127.0.0.1:" + std::to_string(sshd_->port()),
                                     "--identity", folder_.file("key"), "--known-hosts", folder_.file("known_hosts")};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    /// Every file below the guest's own folders.
    std::set<std::string> traces() const
    {
        std::set<std::string> found;
        for (const char* name : {"tmp", "home"})
            for (const auto& entry : fs::recursive_directory_iterator{folder_.file(name)})
                found.insert(entry.path().string());
        return found;
    }

    bool program_runs() const { return !test::run({.argv = {"/usr/bin/pgrep", "-f", folder_.file("tmp") + "/gpupass-"}}).out.empty(); }

    test::TempFolder folder_;
    std::optional<test::Sshd> sshd_;
};

TEST_F(GuestOverSsh, GetsTheProgramForOneRunAndKeepsNothing)
{
    const auto finished = test::run({.argv = words({"--allow-software"})});
    const Report found{finished.out};
    ASSERT_TRUE(found.is_json()) << finished.err;
    EXPECT_NE(found.result("pci-present"), "") << finished.out;
    EXPECT_NE(found.result("vulkan-device"), "");
    EXPECT_EQ(traces(), std::set<std::string>{});
}

TEST_F(GuestOverSsh, KeepsNothingWhenGpupassIsKilledHalfWay)
{
    for (const auto moment : {60ms, 150ms, 300ms, 500ms, 800ms, 1200ms}) {
        test::run({.argv = words({"--allow-software"}), .kill_after = moment});
        for (int i = 0; i < 300 && (program_runs() || !traces().empty()); ++i)
            std::this_thread::sleep_for(50ms);
        EXPECT_EQ(traces(), std::set<std::string>{}) << "killed after " << moment.count() << " ms";
    }
}

TEST_F(GuestOverSsh, IsNotWorkingWhenTheGpuIsNotThere)
{
    const auto finished = test::run({.argv = words({"--device", "8086:9a49"})});
    EXPECT_EQ(finished.exit_code, 1);
    const Report found{finished.out};
    EXPECT_EQ(found.verdict(), "not-working");
    EXPECT_EQ(found.result("pci-present"), "fail");
}

}  // namespace
}  // namespace gpupass
