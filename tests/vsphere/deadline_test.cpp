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
    Vsphere world{{"--esxi", "--boot-ms", "300"}};
    Silent watch;
    std::vector<BeforeImage> images;
    RunContext context{.run = 1, .watch = &watch, .images = &images, .save_images = [] { return Result<void>{}; }};

    std::unique_ptr<Host> host()
    {
        const HostUri uri{.scheme = "vsphere", .user = "root", .host = "127.0.0.1", .port = world.access().at("port")};
        auto session = std::make_shared<esxi::Session>(make_https_machine(uri, {.thumbprint = world.access().at("sha256")}),
                                                       esxi::Credentials{.user = "root", .password = world.access().at("password"), .ask = {}});
        return esxi::make_api_host(std::move(session), {.host = {}, .local_dmi = {}}, {.task = 3s, .reboot = 4s, .reboot_look = 1s, .poll = 500ms});
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
