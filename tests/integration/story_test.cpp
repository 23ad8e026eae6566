#include "integration/world.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// The story of the NUC 11, end to end: the real program, real SSH, a simulated host.

namespace gpupass::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> attach_debian{"attach", "auto", "--vm", "debian", "--start", "--yes"};

std::vector<std::string> ids(const json& list)
{
    std::vector<std::string> out;
    for (const json& item : list)
        out.push_back(item.at("id"));
    return out;
}

const json& by_id(const json& list, const std::string& id)
{
    return *std::ranges::find_if(list, [&](const json& item) { return item.at("id") == id; });
}

TEST(Story, InspectHasTheKeysOfTheContract)
{
    World world;
    const json seen = world.gpupass_json({"inspect"});
    EXPECT_EQ(seen.at("schema"), "gpupass/1");
    EXPECT_EQ(seen.at("exit"), 0);
    const json& host = seen.at("host");
    for (const char* key : {"kind", "name", "version", "iommu", "console_gpu"})
        EXPECT_TRUE(host.contains(key)) << key;
    EXPECT_EQ(host.at("console_gpu"), "0000:00:02.0");
    EXPECT_EQ(host.at("version"), "7.0.3");
    ASSERT_EQ(seen.at("gpus").size(), 1u);
    const json& gpu = seen.at("gpus").at(0);
    for (const char* key : {"address", "vendor_id", "device_id", "name", "generation", "owner", "driver", "vm", "group", "state", "modes"})
        EXPECT_TRUE(gpu.contains(key)) << key;
    EXPECT_EQ(gpu.at("vendor_id"), "0x8086");
    EXPECT_EQ(gpu.at("device_id"), "0x9a49");
    EXPECT_EQ(gpu.at("state"), "disabled");
    EXPECT_EQ(gpu.at("modes").at("passthrough").at("possible"), true);
    EXPECT_EQ(gpu.at("modes").at("gvtg").at("possible"), false);
    EXPECT_EQ(gpu.at("modes").at("sriov").at("possible"), false);
    for (const char* mode : {"passthrough", "gvtg", "sriov"})
        EXPECT_FALSE(gpu.at("modes").at(mode).at("why").get<std::string>().empty()) << mode;
    std::vector<std::string> names;
    for (const json& vm : seen.at("vms")) {
        names.push_back(vm.at("name"));
        for (const char* key : {"id", "power", "guest_os", "memory_mb", "memory_reserved_mb", "viommu", "snapshots", "devices"})
            EXPECT_TRUE(vm.contains(key)) << key;
    }
    EXPECT_THAT(names, testing::UnorderedElementsAre("windows11", "debian", "router"));
    EXPECT_TRUE(seen.contains("findings"));
}

TEST(Story, PlanHasTheStepsOfTheContract)
{
    World world;
    const json plan = world.gpupass_json({"attach", "auto", "--vm", "debian", "--start", "--plan"}).at("plan");
    EXPECT_THAT(ids(plan.at("steps")), ElementsAre("prove-ssh", "stop-guests", "release-console", "enable-passthrough", "reboot-host",
                                                   "reserve-memory", "viommu-off", "add-device", "start-vm", "start-guests"));
    EXPECT_EQ(by_id(plan.at("steps"), "reboot-host").at("impact"), "host-reboot");
    EXPECT_EQ(by_id(plan.at("steps"), "reboot-host").at("loses_console"), true);
    EXPECT_THAT(by_id(plan.at("steps"), "release-console").at("command").get<std::string>(), HasSubstr("esxcli system settings kernel set -s vga -v FALSE"));
    EXPECT_TRUE(plan.at("blockers").empty());
}

TEST(Story, WindowsIsBlockedByItsSnapshotAndWarnedAbout)
{
    World world;
    const json answer = world.gpupass_json({"attach", "auto", "--vm", "windows11", "--plan"});
    EXPECT_EQ(answer.at("exit"), 3);
    const json& plan = answer.at("plan");
    EXPECT_THAT(ids(plan.at("blockers")), testing::Contains(HasSubstr("snapshot")));
    for (const json& blocker : plan.at("blockers"))
        EXPECT_FALSE(blocker.at("fix").get<std::string>().empty()) << blocker;
    EXPECT_TRUE(std::ranges::any_of(plan.at("warnings"), [](const json& warning) {
        return warning.at("text").get<std::string>().find("blue") != std::string::npos &&
               warning.at("source").get<std::string>().starts_with("https://");
    })) << plan.at("warnings");
}

class StoryOn : public testing::TestWithParam<const char*> {};

TEST_P(StoryOn, AttachVerifyUndoLeavesTheHostAsItWas)
{
    World world{{"--version", GetParam()}};
    const auto files = world.files();
    const json before = world.gpupass_json({"inspect"});

    const auto& guest = world.access();
    auto arguments = attach_debian;
    arguments.insert(arguments.end(), {"--guest", "linux+ssh://user@127.0.0.1:" + std::to_string(guest.at("guest_port").get<int>())});
    const json attached = world.gpupass_json(arguments);
    EXPECT_EQ(attached.at("exit"), 0) << attached;
    EXPECT_EQ(attached.at("run").at("state"), "done");
    EXPECT_EQ(attached.at("verdict"), "working") << attached;

    const json during = world.gpupass_json({"inspect"});
    EXPECT_EQ(during.at("gpus").at(0).at("state"), "active");
    EXPECT_EQ(during.at("gpus").at(0).at("vm"), "debian");
    EXPECT_EQ(during.at("host").at("console_gpu"), nullptr);
    for (const json& vm : during.at("vms"))
        EXPECT_EQ(vm.at("power"), vm.at("name") == "windows11" ? "off" : "on") << vm;

    const json again = world.gpupass_json(attach_debian);
    EXPECT_EQ(again.at("exit"), 0) << "a second attach finds nothing to do";

    const json undone = world.gpupass_json({"undo", "--yes"});
    EXPECT_EQ(undone.at("exit"), 0) << undone;
    EXPECT_EQ(essence(world.gpupass_json({"inspect"})), essence(before));
    EXPECT_EQ(difference(files, world.files()), "");
}

INSTANTIATE_TEST_SUITE_P(Versions, StoryOn, testing::Values("7.0.3", "8.0.3"), [](const auto& parameter) {
    std::string name = parameter.param;
    std::ranges::replace(name, '.', '_');
    return "ESXi" + name;
});

TEST(Story, DetachGivesTheGpuBackToTheHost)
{
    World world;
    ASSERT_EQ(world.gpupass(attach_debian).exit_code, 0);
    const json detached = world.gpupass_json({"detach", "auto", "--yes"});
    EXPECT_EQ(detached.at("exit"), 0) << detached;
    const json seen = world.gpupass_json({"inspect"});
    EXPECT_EQ(seen.at("gpus").at(0).at("state"), "disabled");
    EXPECT_EQ(seen.at("gpus").at(0).at("vm"), nullptr);
    EXPECT_EQ(seen.at("host").at("console_gpu"), "0000:00:02.0");
}

TEST(Story, StatusHistoryAndRescueSheet)
{
    World world;
    EXPECT_EQ(world.gpupass({"status"}).exit_code, 0);
    ASSERT_EQ(world.gpupass(attach_debian).exit_code, 0);
    EXPECT_EQ(world.gpupass({"status"}).exit_code, 0);
    EXPECT_THAT(world.gpupass({"history"}).out, HasSubstr("attach"));
    const Finished sheet = world.gpupass({"undo", "--print"});
    EXPECT_EQ(sheet.exit_code, 0);
    EXPECT_THAT(sheet.out, HasSubstr("esxcli system settings kernel set -s vga -v TRUE"));
    EXPECT_FALSE(std::ranges::none_of(world.files(), [](const auto& file) { return file.first.find("gpupass-rescue") != std::string::npos; }));
}

TEST(Story, NoTerminalMeansNo)
{
    World world;
    const auto files = world.files();
    const Finished refused = world.gpupass({"attach", "auto", "--vm", "debian", "--start"}, {.input = "yes\ny\n"});
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_EQ(difference(files, world.files()), "");
    EXPECT_EQ(world.gpupass_json({"inspect"}).at("gpus").at(0).at("state"), "disabled");
}

TEST(Story, CaptureReplaysAnywhere)
{
    World world;
    const Finished captured = world.gpupass({"capture"});
    ASSERT_EQ(captured.exit_code, 0) << captured.err;
    const auto file = world.folder / "nuc.json";
    {
        std::unique_ptr<FILE, int (*)(FILE*)> out{fopen(file.c_str(), "w"), fclose};
        fwrite(captured.out.data(), 1, captured.out.size(), out.get());
    }
    const auto seen = world.gpupass_json({"inspect"});
    Launch offline{.argv = {GPUPASS, "--host", "capture:" + file.string(), "inspect", "--json"}, .environment = {{"HOME", world.folder}}};
    const json replayed = json::parse(run(offline).out);
    EXPECT_EQ(essence(replayed), essence(seen));
    offline.argv = {GPUPASS, "--host", "capture:" + file.string(), "attach", "auto", "--vm", "debian", "--plan", "--json"};
    const Finished planned = run(offline);
    EXPECT_EQ(planned.exit_code, 0) << planned.err;
    EXPECT_THAT(ids(json::parse(planned.out).at("plan").at("steps")), testing::Contains("reboot-host"));
    offline.argv = {GPUPASS, "--host", "capture:" + file.string(), "attach", "auto", "--vm", "debian", "--yes"};
    EXPECT_NE(run(offline).exit_code, 0) << "a recording is not changed";
}

TEST(Story, InspectNeedsOneConnectionFewRoundTripsAndNoVimCmdPerVm)
{
    World world;
    const json before = world.calls();
    ASSERT_EQ(world.gpupass({"inspect"}).exit_code, 0);
    const json after = world.calls();
    const auto grew = [&](const char* key) { return after.at(key).get<int>() - before.at(key).get<int>(); };
    EXPECT_EQ(grew("connections"), 1);
    EXPECT_LE(grew("exec"), 4);
    EXPECT_LE(grew("vim_cmd"), 8);
}

}  // namespace
}  // namespace gpupass::test
