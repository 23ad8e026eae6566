#include "apply/journal.hpp"
#include "apply/lock.hpp"
#include "apply/run.hpp"

#include <gmock/gmock.h>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Folder {
    Folder()
    {
        std::string name = (fs::temp_directory_path() / "gpupass-test-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

std::unique_ptr<Journal> open(const Folder& folder)
{
    auto journal = open_journal(folder.path);
    EXPECT_TRUE(journal) << journal.error();
    return std::move(*journal);
}

RunRecord sample_run()
{
    return {.host_uuid = "uuid-1", .host_name = "nuc", .uri = "esxi+ssh://root@nuc", .command = "attach auto --vm debian",
            .goal = {.sentence = "s", .wants = {{"kernel.vga", "FALSE"}}, .vm = "debian"}};
}

TEST(Journal, KeepsARunAndItsStepsAcrossProcesses)
{
    Folder folder;
    const StepRecord step{.id = "release-console", .title = "t", .state = StepState::begun, .seconds = 1.5, .boot = Boot{10, 20},
                          .sets = {{"kernel.vga", "FALSE"}}, .before = {{"kernel.vga", "TRUE"}, {"x", std::nullopt}}, .times = 1};
    long id{};
    {
        auto journal = open(folder);
        id = *journal->begin_run(sample_run());
        ASSERT_TRUE(journal->save_step(id, step));
        ASSERT_TRUE(journal->save_images(id, {{"/a.vmx", "/a.vmx.gpupass-1", "b", "c"}}));
    }
    const auto run = open(folder)->read_run(id);
    ASSERT_TRUE(run) << run.error();
    EXPECT_EQ(run->goal, sample_run().goal);
    EXPECT_EQ(run->state, RunState::running);
    EXPECT_FALSE(run->is_closed());
    ASSERT_EQ(run->steps.size(), 1u);
    EXPECT_EQ(run->steps[0].before, step.before);
    EXPECT_EQ(run->steps[0].boot, step.boot);
    EXPECT_EQ(run->steps[0].state, StepState::begun);
    EXPECT_THAT(run->images, ElementsAre(BeforeImage{"/a.vmx", "/a.vmx.gpupass-1", "b", "c"}));
}

TEST(Journal, AStepIsUpdatedInItsPlace)
{
    Folder folder;
    auto journal = open(folder);
    const long id = *journal->begin_run(sample_run());
    StepRecord first{.id = "a", .sets = {{"k", "1"}}};
    const StepRecord second{.id = "b"};
    ASSERT_TRUE(journal->save_step(id, first));
    ASSERT_TRUE(journal->save_step(id, second));
    first.state = StepState::done;
    first.times = 2;
    ASSERT_TRUE(journal->save_step(id, first));
    const auto steps = journal->read_run(id)->steps;
    ASSERT_EQ(steps.size(), 2u);
    EXPECT_EQ(steps[0].id, "a");
    EXPECT_EQ(steps[0].state, StepState::done);
    EXPECT_EQ(steps[0].times, 2);
}

TEST(Journal, OpenRunIsTheNewestThatCanBeResumed)
{
    Folder folder;
    auto journal = open(folder);
    const long one = *journal->begin_run(sample_run());
    EXPECT_EQ((*journal->open_run("uuid-1"))->id, one);
    ASSERT_TRUE(journal->end_run(one, RunState::done, ""));
    EXPECT_FALSE(*journal->open_run("uuid-1"));
    const long two = *journal->begin_run(sample_run());
    ASSERT_TRUE(journal->end_run(two, RunState::failed, "why"));
    EXPECT_EQ((*journal->open_run("uuid-1"))->id, two);
    EXPECT_EQ((*journal->open_run("uuid-1"))->message, "why");
    EXPECT_FALSE(*journal->open_run("uuid-2"));
    EXPECT_EQ(journal->runs("uuid-1")->front().id, two);
    EXPECT_THAT(*journal->runs("uuid-2"), IsEmpty());
    EXPECT_EQ(*journal->host_seen_at("esxi+ssh://root@nuc"), "uuid-1");
    EXPECT_EQ(*journal->host_seen_at("esxi+ssh://other"), std::nullopt);
}

TEST(Journal, IsPrivateAndRefusesANewerSchema)
{
    Folder folder;
    open(folder);
    struct stat info{};
    ASSERT_EQ(stat((folder.path / "journal.db").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077, 0u);
    sqlite3* database{};
    ASSERT_EQ(sqlite3_open((folder.path / "journal.db").c_str(), &database), SQLITE_OK);
    sqlite3_exec(database, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
    sqlite3_close(database);
    const auto refused = open_journal(folder.path);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("newer"));
}

TEST(HostLock, SecondHolderIsToldWhoTheFirstIs)
{
    Folder folder;
    {
        const auto first = HostLock::take(folder.path, "../../etc/x", "anna, attach");
        ASSERT_TRUE(first);
        const auto second = HostLock::take(folder.path, "../../etc/x", "bob");
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::busy);
        EXPECT_THAT(second.error().what, HasSubstr("anna, attach"));
        EXPECT_THAT(second.error().what, HasSubstr(std::to_string(getpid())));
        EXPECT_TRUE(HostLock::take(folder.path, "other", "bob"));
    }
    EXPECT_TRUE(HostLock::take(folder.path, "../../etc/x", "bob")) << "a dead holder is no obstacle";
}

RunRecord finished_attach()
{
    RunRecord run = sample_run();
    run.id = 7;
    run.state = RunState::done;
    run.goal.wants = {{"kernel.vga", "FALSE"}, {"vm.debian.power", "on"}, {"vm.router.power", "on"}};
    run.steps = {
        {.id = "stop-guests", .sets = {{"vm.debian.power", "off"}, {"vm.router.power", "off"}},
         .before = {{"vm.debian.power", "on"}, {"vm.router.power", "on"}}, .times = 1},
        {.id = "release-console", .sets = {{"kernel.vga", "FALSE"}}, .before = {{"kernel.vga", "TRUE"}}, .times = 1},
        {.id = "never-begun", .sets = {{"z", "1"}}, .times = 0},
        {.id = "add-device", .sets = {{"vm.debian.pciPassthru0.id", "x"}},
         .before = {{"vm.debian.pciPassthru0.id", std::nullopt}, {"vm.debian.pciPassthru0.*", std::nullopt}}, .times = 1},
        {.id = "start-vm", .sets = {{"vm.debian.power", "on"}}, .before = {{"vm.debian.power", "off"}}, .times = 1}};
    return run;
}

TEST(UndoGoal, IsTheValuesBeforeOfWhatWasBegun)
{
    const Goal goal = undo_goal(finished_attach(), {.accept = {"x"}});
    EXPECT_THAT(goal.wants, ElementsAre(Want{"kernel.vga", "TRUE"}, Want{"vm.debian.pciPassthru0.id", std::nullopt},
                                        Want{"vm.debian.pciPassthru0.*", std::nullopt}));
    EXPECT_THAT(goal.consents.accept, ElementsAre("x"));
    EXPECT_FALSE(goal.device_id) << "giving back needs no identity";
}

TEST(UndoGoal, OfAnUnfinishedRunStartsWhatItStopped)
{
    RunRecord run = finished_attach();
    run.state = RunState::stopped;
    const Goal goal = undo_goal(run, {});
    EXPECT_THAT(goal.wants, testing::Contains(Want{"vm.debian.power", "on"}));
}

}  // namespace
}  // namespace gpupass
