#include "hosts/esxi/api/api_host.hpp"
#include "transport/https.hpp"
#include "vsphere/vcenter.hpp"

#include <gmock/gmock.h>

// What never ends: steps give up at their deadlines, say what they waited for, and can be done again.

namespace gpupass::test {
namespace {

using namespace std::chrono_literals;

struct Silent : Watch {
    bool must_leave() const override { return false; }
    void note(std::string_view) override {}
};

class VsphereDeadline : public testing::Test {
protected:
    explicit VsphereDeadline(const std::vector<std::string>& simulator = {"--esxi", "--boot-ms", "300"}) : world{simulator} {}

    Vsphere world;
    Silent watch;
    std::vector<BeforeImage> images;
    RunContext context{.run = 1, .watch = &watch, .images = &images, .save_images = [] { return Result<void>{}; }};

    std::unique_ptr<Host> host(const std::string& name = {})
    {
        const HostUri uri{.scheme = "vsphere", .user = world.access().at("user"), .host = "127.0.0.1", .port = world.access().at("port")};
        auto session = std::make_shared<esxi::Session>(make_https_machine(uri, {.thumbprint = world.access().at("sha256")}),
                                                       esxi::Credentials{.user = world.access().at("user"), .password = world.access().at("password"), .ask = {}});
        return esxi::make_api_host(std::move(session), {.host = name, .local_dmi = {}}, {.call = 10s, .task = 3s, .maintenance = 2s, .reboot = 4s, .reboot_look = 1s, .poll = 500ms});
    }
    static Step step(Change change) { return {.id = "a", .title = "A", .why = {}, .change = std::move(change), .sets = {}, .owns = {}, .command = {}}; }
};

TEST_F(VsphereDeadline, ATaskThatNeverEndsIsGivenUpAndCanBeAskedForAgain)
{
    const auto esxi = host();
    const auto facts = esxi->probe(Deadline::in(30s));
    ASSERT_TRUE(facts) << facts.error();
    const Step edit = step(EditVm{"windows11", {{"sched.mem.min", "8192"}}});
    world.order({{"hang_task", "ReconfigVM_Task"}});
    const auto hung = esxi->apply(edit, *facts, context);
    ASSERT_FALSE(hung);
    EXPECT_EQ(hung.error().kind, ErrorKind::timeout);
    EXPECT_THAT(hung.error().what, testing::HasSubstr("did not end in time"));
    EXPECT_TRUE(esxi->apply(edit, *facts, context));
    EXPECT_EQ(esxi->probe(Deadline::in(30s))->settings.at(vm_key("windows11", "sched.mem.min")).configured, "8192");
}

TEST_F(VsphereDeadline, AHostThatDoesNotComeBackIsGivenUp)
{
    const auto esxi = host();
    const auto facts = esxi->probe(Deadline::in(30s));
    ASSERT_TRUE(facts) << facts.error();
    ASSERT_TRUE(esxi->apply(step(StopVms{{"debian", "router"}, {}}), *facts, context));
    world.order({{"never_return", true}});
    const auto gone = esxi->apply(step(RebootHost{}), *facts, context);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().kind, ErrorKind::timeout);
    EXPECT_THAT(gone.error().what, testing::HasSubstr("did not come back"));
}

struct VsphereCluster : VsphereDeadline {
    VsphereCluster() : VsphereDeadline{{"--vcenter", "--drs", "--boot-ms", "300"}} {}
};

TEST_F(VsphereCluster, AHostIsNotRebootedUnderAVmThatDrsCannotMove)
{
    const auto esxi = host("esx01.lab");
    const auto facts = esxi->probe(Deadline::in(30s));
    ASSERT_TRUE(facts) << facts.error();
    EXPECT_EQ(find_vm(*facts, "debian-01")->mover, Mover::drs);
    EXPECT_EQ(find_vm(*facts, "vCLS-01")->mover, Mover::cluster);
    world.order({{"pin", "debian-01"}});
    const auto refused = esxi->apply(step(RebootHost{}), *facts, context);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, testing::HasSubstr("debian-01"));
    EXPECT_THAT(refused.error().what, testing::Not(testing::HasSubstr("router-01"))) << "it was moved";
    EXPECT_EQ(world.counters().at("reboots"), 0);
    EXPECT_EQ(world.counters().at("cut"), 0);
    EXPECT_EQ(world.counters().at("entering"), 0);
}

TEST_F(VsphereCluster, AHostThatIsAboutToEnterMaintenanceModeIsTakenOutOfIt)
{
    world.order({{"pin", "debian-01"}});
    world.gpupass({"attach", "auto", "--vm", "linux4-01", "--yes"}, "esx01.lab", {.argv = {}, .kill_when = [&] { return world.counters().at("entering") == 1; }});
    ASSERT_EQ(world.counters().at("entering"), 1) << "the vCenter goes on with it";
    const Finished undone = world.gpupass({"undo", "--yes"}, "esx01.lab");
    EXPECT_EQ(undone.exit_code, 0) << undone.err;
    EXPECT_EQ(world.counters().at("entering"), 0);
    EXPECT_EQ(world.counters().at("cut"), 0);
    EXPECT_EQ(host("esx01.lab")->probe(Deadline::in(30s))->maintenance, false);
}

TEST_F(VsphereDeadline, AHostIsNotRebootedUnderItsVms)
{
    const auto esxi = host();
    const auto facts = esxi->probe(Deadline::in(30s));
    ASSERT_TRUE(facts) << facts.error();
    const auto refused = esxi->apply(step(RebootHost{}), *facts, context);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, testing::HasSubstr("debian"));
    EXPECT_EQ(world.counters().at("reboots"), 0);
}

}  // namespace
}  // namespace gpupass::test
