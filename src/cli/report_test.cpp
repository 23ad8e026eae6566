#include "cli/report.hpp"

#include "cli/fake_host.hpp"
#include "cli/inspect_view.hpp"
#include "cli/verdict_view.hpp"

#include <gmock/gmock.h>

// Texts as a person reads them, in full.

namespace gpupass::cli {
using testing::HasSubstr;
using testing::Not;

namespace {

Plan sample_plan()
{
    Plan plan{.goal = {.sentence = "VM debian has 0000:00:02.0 and runs", .vm = "debian"}};
    plan.warnings = {{"blue-screens", "Windows guests with this GPU crash at shutdown", "https://example.org/xe"}};
    plan.steps = {{.id = "release-console", .title = "Take the console off the GPU", .impact = Impact::none, .loses_console = true,
                   .command = "esxcli system settings kernel set -s vga -v FALSE", .expected = std::chrono::seconds{2}},
                  {.id = "reboot-host", .title = "Reboot the host", .impact = Impact::host_reboot, .command = "reboot",
                   .expected = std::chrono::seconds{240}}};
    return plan;
}

TEST(PlanText, ShowsWarningsThenStepsThenCommands)
{
    EXPECT_EQ(plan_text(sample_plan(), {}, 100),
              R"(warning: Windows guests with this GPU crash at shutdown [blue-screens]
         source: https://example.org/xe
plan: VM debian has 0000:00:02.0 and runs
     STEP             WHAT                          IMPACT
  1  release-console  Take the console off the GPU  none, console goes dark
  2  reboot-host      Reboot the host               host-reboot
  about 4 min 02 s in all

commands:
  release-console:  esxcli system settings kernel set -s vga -v FALSE
  reboot-host:  reboot
)");
}

TEST(PlanText, ABlockedPlanShowsFixesAndNoSteps)
{
    Plan plan = sample_plan();
    plan.warnings.clear();
    plan.blockers = {{"vm-has-snapshots", "VM debian has 1 snapshot", "delete it"}};
    EXPECT_EQ(plan_text(plan, {}, 100), "blocked: VM debian has 1 snapshot [vm-has-snapshots]\n    fix: delete it\n");
}

TEST(PlanText, SaysWhenThereIsNothingToDo)
{
    Plan plan = sample_plan();
    plan.warnings.clear();
    plan.steps.clear();
    EXPECT_EQ(plan_text(plan, {}, 100), "nothing to do: VM debian has 0000:00:02.0 and runs already\n");
}

TEST(ErrorText, IsOneParagraphWithWhatAtNext)
{
    const Error error{ErrorKind::busy, "device is busy", {"bind 0000:65:00.0", "host hv2"}, "stop the programs that hold it"};
    EXPECT_EQ(error_text(error, {}, 100), "error: device is busy\n   at: bind 0000:65:00.0, host hv2\n next: stop the programs that hold it\n");
    EXPECT_EQ(error_text({ErrorKind::failed, "\x1b[31m", {}, ""}, {}, 100), "error: \\x1b[31m\n");
}

TEST(VerdictText, ShowsChecksFiguresWithBarsAndWhatToDo)
{
    const Verdict verdict{.word = "degraded", .why = "it computes slowly", .simulated = true,
                          .checks = {{"opencl-compute-int", "pass", "every bit"},
                                     {"node-access", "fail", "\x1b[31m may not", {}, "", {}, "join the group"},
                                     {"speed-opencl-fp32", "warn", "40 %", 0.64, "TFLOPS", 1.6}}};
    EXPECT_EQ(verdict_text(verdict, {}, 100), R"(verdict: degraded (simulated): it computes slowly
  pass opencl-compute-int  every bit
  fail node-access         \x1b[31m may not
        FIGURE             FOUND                       OF WHAT IS EXPECTED
  warn  speed-opencl-fp32  0.64 TFLOPS (expected 1.6)  ########............ 40 %
what to do:
  node-access: join the group
)");
}

TEST(VerdictPage, EscapesWhatIsForeignAndDrawsBars)
{
    const Verdict verdict{.word = "working", .why = "<script>alert(1)</script> & more",
                          .checks = {{"opencl-device", "pass", "<b>\"Xe\"</b>\x1b"}, {"speed-opencl-fp32", "pass", "", 2.0, "TFLOPS", 1.0}}};
    const std::string page = verdict_page(verdict, "the GPU of VM <x>");
    for (const char* part : {"&lt;script&gt;alert(1)&lt;/script&gt; &amp; more", "the GPU of VM &lt;x&gt;", "&lt;b&gt;&quot;Xe&quot;&lt;/b&gt;", "width:100%", "200 %"})
        EXPECT_THAT(page, HasSubstr(part));
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
}

TEST(InspectText, ReadsLikeAPage)
{
    FakeWorld world = nuc_world();
    world.facts.findings = {{.id = "pending-after-reboot", .title = "still pending", .severity = Severity::warning, .cause = "the console", .fix = {"let go"}}};
    world.facts.unknown = {"licence: no answer"};
    const auto host = make_fake_host(world);
    const std::string text = inspect_text(inspect_view(*host, world.facts, "fake:nuc"), {}, 200);
    for (const char* part : {"nuc  VMware ESXi 7.0.3\n  IOMMU on, console on 0000:00:02.0, memory unknown",
                             "0000:00:02.0  8086:9a49", "disabled  the host's console", "assignable to debian; not to windows11: VM windows11 has 1 snapshot\n",
                             "GVT-g        no: ", "SR-IOV       no: ",
                             "  VM         POWER  GUEST        MEMORY   RESERVED  VIOMMU   SNAPSHOTS  DEVICES\n",
                             "  debian     off    debian11-64  4096 MB  0 MB      on       0\n",
                             "  warning: still pending [pending-after-reboot]\n      cause: the console\n      fix:   let go\n",
                             "  could not be read: licence: no answer\n"})
        EXPECT_THAT(text, testing::HasSubstr(part));
}

TEST(InspectView, NamesTheVmThatRunsWithTheGpuBeforeOthersThatCould)
{
    FakeWorld world = nuc_world();
    const VmDevice device{.index = 0, .address = PciAddress{0, 0, 2, 0}, .present = true};
    world.facts.vms[0].devices = {device};
    world.facts.vms[1].devices = {device};
    world.facts.vms[1].power = Power::on;
    const auto host = make_fake_host(world);
    EXPECT_EQ(inspect_view(*host, world.facts, "").gpus.front().vm, "windows11");
    world.facts.vms[1].devices.front().present = false;
    EXPECT_EQ(inspect_view(*host, world.facts, "").gpus.front().vm, "debian");
}

TEST(InspectView, AStateNeedsBothOwners)
{
    FakeWorld world = nuc_world();
    const auto host = make_fake_host(world);
    const auto state = [&](const char* configured, const char* current) {
        world.facts.pci.front().configured_owner = configured;
        world.facts.pci.front().current_owner = current;
        return inspect_view(*host, world.facts, "").gpus.front().state;
    };
    EXPECT_EQ(state("passthrough", "host"), "pending");
    EXPECT_EQ(state("passthrough", "passthrough"), "active");
    EXPECT_EQ(state("", "host"), "unknown");
}

}  // namespace
}  // namespace gpupass::cli
