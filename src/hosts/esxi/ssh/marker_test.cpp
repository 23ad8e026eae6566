#include "hosts/esxi/marks.hpp"
#include "hosts/esxi/ssh/marker.hpp"

#include "hosts/esxi/ssh/log_time.hpp"
#include "hosts/esxi/ssh/step_test.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::HasSubstr;

class MarkerTest : public StepTest {
protected:
    void stat(const std::string& time) { esxi->commands[{"stat", "-c", "%Y", path}] = FakeEsxi::text(time + "\n"); }
    const std::string path = "/vmfs/volumes/ds1/.gpupass-lock";
    const Holder mine{"laptop-1", "state-1", "anna@laptop, attach", 7};
    const Holder other{"desk-2", "state-2", "ben@desk\nfake=1", 3};
};

TEST_F(MarkerTest, ComesAndGoes)
{
    ASSERT_TRUE(host->claim(facts, mine));
    EXPECT_EQ(esxi->files[path], "machine=laptop-1\nstate=state-1\nwho=anna@laptop, attach\nrun=7\n");
    stat("1651299999");
    EXPECT_TRUE(host->claim(facts, mine)) << "refreshed";
    ASSERT_TRUE(host->release(facts));
    EXPECT_FALSE(esxi->files.contains(path));
}

TEST_F(MarkerTest, AFreshOneOfAnotherComputerIsRespected)
{
    esxi->files[path] = marker_text(other);
    stat("1651299500");
    const auto claimed = host->claim(facts, mine);
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().kind, ErrorKind::busy);
    EXPECT_THAT(claimed.error().what, HasSubstr("ben@desk"));
    EXPECT_EQ(esxi->files[path], marker_text(other));
    EXPECT_TRUE(host->release(facts));
    EXPECT_TRUE(esxi->files.contains(path)) << "not ours to remove";
}

TEST_F(MarkerTest, AnOldOneIsTakenOver)
{
    esxi->files[path] = marker_text(other);
    stat("1651299399");
    EXPECT_TRUE(host->claim(facts, mine));
    EXPECT_EQ(parse_marker(esxi->files[path]).machine, "laptop-1");
}

TEST_F(MarkerTest, OneWhoseAgeCannotBeReadCountsAsFresh)
{
    esxi->files[path] = "garbage";
    EXPECT_EQ(host->claim(facts, mine).error().kind, ErrorKind::busy);
}

TEST_F(MarkerTest, OneThatWasTakenOverIsNotRemoved)
{
    ASSERT_TRUE(host->claim(facts, mine));
    esxi->files[path] = marker_text(other);
    EXPECT_TRUE(host->release(facts));
    EXPECT_TRUE(esxi->files.contains(path));
}

TEST_F(MarkerTest, FilesOfTheRunAreRemovedAndNoOthers)
{
    ASSERT_TRUE(host->leave_rescue_sheet(facts, 7, "by hand"));
    EXPECT_EQ(esxi->files["/vmfs/volumes/ds1/gpupass-rescue-7.txt"], "by hand");
    ASSERT_TRUE(host->leave_rescue_sheet(facts, 7, "by hand, newer"));
    esxi->files["/vmfs/volumes/ds1/gpupass-rescue-8.txt"] = "another run's";
    esxi->files["/vmfs/volumes/ds1/debian/debian.vmx.gpupass-7"] = "copy";
    esxi->files["/etc/passwd"] = "root";
    const std::string vmx = "/vmfs/volumes/ds1/debian/debian.vmx";
    ASSERT_TRUE(host->clean_up(facts, 7, {{vmx, vmx + ".gpupass-7", "", ""}, {vmx, "/etc/passwd", "", ""}, {vmx, vmx, "", ""}, {"/etc/passwd", "/etc/passwd.gpupass-7", "", ""}}));
    EXPECT_FALSE(esxi->files.contains("/vmfs/volumes/ds1/gpupass-rescue-7.txt"));
    EXPECT_FALSE(esxi->files.contains(vmx + ".gpupass-7"));
    EXPECT_TRUE(esxi->files.contains("/vmfs/volumes/ds1/gpupass-rescue-8.txt"));
    EXPECT_TRUE(esxi->files.contains("/etc/passwd"));
    EXPECT_TRUE(esxi->files.contains(vmx));
}

TEST(LogTime, IsReadInUtc)
{
    EXPECT_EQ(log_time("2022-04-30T06:26:40.771Z| vmx| | I005: x"), 1651300000);
    EXPECT_EQ(log_time("2022-04-30T06:26:40Z In(05) vcpu-0 - x"), 1651300000);
    EXPECT_EQ(log_time("2022-13-30T06:26:40Z"), std::nullopt);
    EXPECT_EQ(log_time("garbage"), std::nullopt);
}

TEST(LogTime, OlderLinesAreDropped)
{
    const std::string text = "part of a line\n2022-04-30T06:00:00Z old\n  goes on\n2022-04-30T06:26:40Z new\n  goes on\n";
    EXPECT_EQ(lines_since(text, 1651300000), "2022-04-30T06:26:40Z new\n  goes on\n");
    EXPECT_EQ(lines_since(text, 0), text);
}

}  // namespace
}  // namespace gpupass::esxi
