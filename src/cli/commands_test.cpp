#include "cli/fake_host.hpp"

#include "cli/exit_code.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

// The program as a person or a script meets it: words in; text, documents and exit codes out.

namespace gpupass::cli {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Commands : public testing::Test {
protected:
    json document() const { return json::parse(desk.out()); }
    /// attach in one go, so that there is a run.
    void attach() { ASSERT_EQ(desk.run("--host fake:nuc attach auto --vm debian --yes"), exit_done) << desk.err(); }
    Desk desk;
};

TEST_F(Commands, VersionIsOneLine)
{
    EXPECT_EQ(desk.run("--version"), exit_done);
    EXPECT_THAT(desk.out(), testing::MatchesRegex("gpupass [0-9.]+\n"));
    EXPECT_EQ(desk.run("--version --json"), exit_done);
    EXPECT_EQ(document()["schema"], "gpupass/1");
}

TEST_F(Commands, WrongWordsAreTwo)
{
    EXPECT_EQ(desk.run("frobnicate"), exit_usage);
    EXPECT_THAT(desk.err(), HasSubstr("error: unknown command `frobnicate`\n next: "));
    EXPECT_EQ(desk.out(), "");
    EXPECT_EQ(desk.run("serve --json"), exit_usage);
    EXPECT_EQ(document()["error"]["kind"], "usage");
    EXPECT_EQ(desk.run("--all inspect"), exit_usage);
    EXPECT_EQ(desk.run("--host fake:nuc --host fake:b attach auto --vm debian"), exit_usage);
    EXPECT_EQ(desk.run("completion tcsh"), exit_usage);
}

TEST_F(Commands, AHostThatIsAwayIsFour)
{
    EXPECT_EQ(desk.run("--host fake:gone inspect"), exit_unreachable);
    EXPECT_THAT(desk.err(), HasSubstr("   at: host fake:gone\n next: turn it on"));
    EXPECT_EQ(desk.run("--host fake:gone inspect --json"), exit_unreachable);
    EXPECT_EQ(document()["error"]["kind"], "unreachable");
    EXPECT_EQ(document()["error"]["where"], json::array({"host fake:gone"}));
}

TEST_F(Commands, InspectHasEveryKeyOfTheContract)
{
    ASSERT_EQ(desk.run("inspect --json --host fake:nuc"), exit_done);
    const json d = document();
    for (const char* key : {"kind", "name", "version", "iommu", "console_gpu"})
        EXPECT_TRUE(d["host"].contains(key)) << key;
    EXPECT_EQ(d["host"]["console_gpu"], "0000:00:02.0");
    ASSERT_EQ(d["gpus"].size(), 1u);
    const json& gpu = d["gpus"][0];
    for (const char* key : {"address", "vendor_id", "device_id", "name", "generation", "owner", "driver", "vm", "group", "state", "modes"})
        EXPECT_TRUE(gpu.contains(key)) << key;
    EXPECT_EQ(gpu["vendor_id"], "0x8086");
    EXPECT_EQ(gpu["device_id"], "0x9a49");
    EXPECT_EQ(gpu["state"], "disabled");
    EXPECT_EQ(gpu["generation"], "Tiger Lake");
    for (const char* mode : {"passthrough", "gvtg", "sriov"})
        EXPECT_NE(gpu["modes"][mode]["why"], "") << mode;
    for (const char* key : {"id", "name", "power", "guest_os", "memory_mb", "memory_reserved_mb", "viommu", "snapshots", "devices"})
        EXPECT_TRUE(d["vms"][0].contains(key)) << key;
    EXPECT_TRUE(d["vms"][1]["memory_mb"].is_null());
    EXPECT_TRUE(d["findings"].is_array());
}

TEST_F(Commands, InspectSaysToWhomTheGpuCanGo)
{
    ASSERT_EQ(desk.run("inspect --host fake:nuc"), exit_done);
    EXPECT_THAT(desk.out(), HasSubstr("assignable to debian; not to windows11: VM windows11 has 1"));
    desk.worlds["nuc"].facts.pci.front().passthrough_capable = false;
    ASSERT_EQ(desk.run("inspect --host fake:nuc"), exit_done);
    EXPECT_THAT(desk.out(), HasSubstr("not assignable: the host says"));
}

TEST_F(Commands, InspectOfSeveralHostsKeepsEachApart)
{
    desk.worlds["b"] = nuc_world();
    EXPECT_EQ(desk.run("inspect --json --host fake:nuc --host fake:gone --host fake:b"), exit_unreachable);
    const json d = document();
    ASSERT_EQ(d["hosts"].size(), 3u);
    EXPECT_EQ(d["hosts"][0]["host"]["uri"], "fake:nuc");
    EXPECT_EQ(d["hosts"][1]["host"]["uri"], "fake:gone");
    EXPECT_EQ(d["hosts"][1]["error"]["kind"], "unreachable");
    EXPECT_EQ(d["hosts"][2]["gpus"].size(), 1u);
}

TEST_F(Commands, NamesFromAHostRunNoTerminalSequences)
{
    desk.worlds["nuc"].facts.vms[0].name = "\x1b]0;owned\x07";
    desk.worlds["nuc"].facts.name = "\x1b[2J";
    ASSERT_EQ(desk.run("inspect --host fake:nuc"), exit_done);
    EXPECT_THAT(desk.out(), Not(HasSubstr("\x1b")));
    EXPECT_THAT(desk.out(), HasSubstr("\\x1b]0;owned\\x07"));
    EXPECT_EQ(desk.run("attach auto --vm 1 --plan --host fake:nuc"), exit_done);
    EXPECT_THAT(desk.out() + desk.err(), Not(HasSubstr("\x1b")));
}

TEST_F(Commands, PlanShowsAndChangesNothing)
{
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debian --start --plan --json"), exit_done);
    const json plan = document()["plan"];
    ASSERT_EQ(plan["steps"].size(), 3u);
    EXPECT_EQ(plan["steps"][0]["id"], "enable-passthrough");
    EXPECT_EQ(plan["steps"][0]["impact"], "host-reboot");
    EXPECT_EQ(plan["steps"][0]["loses_console"], true);
    for (const char* key : {"id", "title", "why", "command", "impact", "loses_console"})
        EXPECT_TRUE(plan["steps"][0].contains(key)) << key;
    EXPECT_EQ(plan["blockers"], json::array());
    EXPECT_EQ(desk.worlds["nuc"].applied, 0);
    EXPECT_EQ(desk.run("status"), exit_done);
}

TEST_F(Commands, ABlockedPlanIsThreeWithFixesWithAndWithoutPlan)
{
    desk.worlds["nuc"].warnings = {{"blue-screen", "it ends badly", "https://example.org"}};
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm windows11 --plan --json"), exit_blocked);
    EXPECT_EQ(document()["plan"]["blockers"][0]["fix"], "delete the snapshot");
    EXPECT_EQ(document()["plan"]["warnings"][0]["source"], "https://example.org");
    EXPECT_FALSE(document().contains("error"));
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm windows11 --yes --json"), exit_blocked);
    EXPECT_EQ(document()["error"]["kind"], "blocked");
    EXPECT_EQ(document()["plan"]["blockers"][0]["id"], "snapshots");
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm windows11 --yes"), exit_blocked);
    EXPECT_THAT(desk.err(), HasSubstr("    fix: delete the snapshot"));
    EXPECT_EQ(desk.worlds["nuc"].applied, 0);
}

// peers.md case 12: a prompt that cannot be read means no, and nothing reboots without a yes.
TEST_F(Commands, PeersCase12WithoutATerminalTheAnswerIsNo)
{
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debian"), exit_failed);
    EXPECT_THAT(desk.err(), HasSubstr("nobody could be asked"));
    EXPECT_EQ(desk.worlds["nuc"].applied, 0);
    EXPECT_EQ(desk.run("status"), exit_done);
}

TEST_F(Commands, ADarkConsoleNeedsTheHostsName)
{
    desk.types("y\n");
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debian"), exit_failed);
    EXPECT_EQ(desk.worlds["nuc"].applied, 0);
    desk.types("nuc\n");
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debian"), exit_done);
    EXPECT_EQ(desk.worlds["nuc"].applied, 2);
}

TEST_F(Commands, AttachEndsDoneAndUnprovenAndIsNotDoneTwice)
{
    ASSERT_EQ(desk.run("attach auto --vm debian --yes --json --host fake:nuc"), exit_done) << desk.err();
    json d = document();
    EXPECT_EQ(d["run"]["id"], 1);
    EXPECT_EQ(d["run"]["state"], "done");
    EXPECT_EQ(d["run"]["steps"][0]["id"], "enable-passthrough");
    EXPECT_EQ(d["run"]["steps"][0]["state"], "done");
    EXPECT_TRUE(d["run"]["steps"][0]["seconds"].is_number());
    EXPECT_EQ(d["verdict"], "unproven");
    ASSERT_EQ(desk.run("attach auto --vm debian --yes --json --host fake:nuc"), exit_done);
    d = document();
    EXPECT_TRUE(d["run"]["id"].is_null());
    EXPECT_EQ(d["run"]["state"], "done");
    EXPECT_EQ(desk.worlds["nuc"].applied, 2);
}

TEST_F(Commands, AFailedStepIsOneAndLeavesTheRunOpen)
{
    desk.worlds["nuc"].failing_step = "add-device";
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debian --yes"), exit_failed);
    EXPECT_THAT(desk.err(), HasSubstr("error: it did not work"));
    EXPECT_THAT(desk.err(), HasSubstr("a fake cause"));
    EXPECT_EQ(desk.run("status --json"), exit_open);
    EXPECT_EQ(document()["state"], "open");
    EXPECT_EQ(document()["runs"][0]["state"], "failed");
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debian --yes"), exit_open);  // busy
    desk.worlds["nuc"].failing_step.clear();
    EXPECT_EQ(desk.run("resume --yes"), exit_done) << desk.err();
    EXPECT_EQ(desk.run("status"), exit_done);
}

TEST_F(Commands, StatusNeedsNoHost)
{
    desk.worlds["nuc"].failing_step = "add-device";
    desk.run("--host fake:nuc attach auto --vm debian --yes");
    desk.worlds.clear();
    EXPECT_EQ(desk.run("--host fake:nuc status"), exit_open);
    EXPECT_THAT(desk.out(), HasSubstr("run 1 on nuc: attach 0000:00:02.0 --vm debian"));
    EXPECT_THAT(desk.out(), HasSubstr("gpupass --host fake:nuc resume"));
    EXPECT_EQ(desk.run("--host fake:other status"), exit_done);
}

TEST_F(Commands, UndoFindsTheRunAndItsHostByItself)
{
    attach();
    EXPECT_EQ(desk.run("undo --plan --json"), exit_done);
    EXPECT_FALSE(document()["plan"]["steps"].empty());
    EXPECT_EQ(desk.run("undo --yes --json"), exit_done) << desk.err();
    EXPECT_EQ(document()["run"]["undoes"], 1);
    const auto& settings = desk.worlds["nuc"].facts.settings;
    EXPECT_EQ(settings.at("pci.0000:00:02.0.owner").effective, "host");
    EXPECT_FALSE(settings.contains("vm.debian.pciPassthru0.present"));
    EXPECT_EQ(desk.run("undo --yes"), exit_failed);
    EXPECT_THAT(desk.err(), HasSubstr("no run to undo"));
}

TEST_F(Commands, UndoPrintsTheRescueSheetOffline)
{
    attach();
    desk.worlds.clear();
    EXPECT_EQ(desk.run("undo 1 --print"), exit_done);
    EXPECT_EQ(desk.out(), "by hand: set it back\n");
    EXPECT_EQ(desk.run("undo 7 --print"), exit_failed);
}

TEST_F(Commands, HistoryListsRunsNewestFirst)
{
    EXPECT_EQ(desk.run("history"), exit_done);
    EXPECT_FALSE(std::filesystem::exists(desk.folder / "state"));  // looking creates nothing
    attach();
    desk.run("undo --yes");
    ASSERT_EQ(desk.run("history --json"), exit_done);
    const json runs = document()["runs"];
    ASSERT_EQ(runs.size(), 2u);
    EXPECT_EQ(runs[0]["command"], "undo 1");
    EXPECT_EQ(runs[1]["state"], "undone");
    EXPECT_EQ(desk.run("history"), exit_done);
    EXPECT_THAT(desk.out(), HasSubstr("attach 0000:00:02.0 --vm debian"));
}

TEST_F(Commands, AnUnknownVmGetsTheNearest)
{
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debain --plan"), exit_failed);
    EXPECT_THAT(desk.err(), HasSubstr("did you mean VM `debian`?"));
}

TEST_F(Commands, ExplainAndRulesWorkOffline)
{
    ASSERT_EQ(desk.run("rules --json"), exit_done);
    const json rules = document()["rules"];
    ASSERT_FALSE(rules.empty());
    const std::string id = rules[0]["id"];
    ASSERT_EQ(desk.run("explain " + id), exit_done);
    EXPECT_THAT(desk.out(), HasSubstr("cause"));
    ASSERT_EQ(desk.run("explain --json " + id), exit_done);
    EXPECT_EQ(document()["rule"]["id"], id);
    EXPECT_EQ(desk.run("explain " + id.substr(1)), exit_failed);
    EXPECT_THAT(desk.err(), HasSubstr("`gpupass explain " + id + "`"));
}

TEST_F(Commands, CompletionKnowsEveryCommand)
{
    for (const std::string shell : {"bash", "zsh", "fish"}) {
        ASSERT_EQ(desk.run("completion " + shell), exit_done);
        for (const char* word : {"inspect", "attach", "undo", "demo", "known-hosts", "move"})
            EXPECT_THAT(desk.out(), HasSubstr(word)) << shell;
    }
}

/// A guest where the GPU computes.
class WorkingGuest : public Machine {
public:
    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline) override
    {
        std::vector<Answer> answers;
        for (const Query& query : queries)
            answers.push_back(answer(describe(query)));
        return answers;
    }
    std::string name() const override { return "guest"; }
    std::string report;

private:
    Answer answer(const std::string& query) const
    {
        for (const auto& [part, text] : std::vector<std::pair<std::string, std::string>>{
                 {"bus/pci/devices/0000:03:00.0/vendor", "0x8086\n"}, {"0000:03:00.0/device", "0x9a49\n"},
                 {"0000:03:00.0/class", "0x030000\n"}, {"0000:03:00.0/driver", "/sys/bus/pci/drivers/i915\n"},
                 {"/sys/bus/pci/devices", "0000:03:00.0\n"}, {"/dev/dri/by-path", "pci-0000:03:00.0-render\n"}, {"/dev/dri", "renderD128\n"}, {"dmesg", ""}, {"gpupass-guest", report}})
            if (query.find(part) != std::string::npos)
                return {.out = text, .err = ""};
        return {.exit_code = 1, .out = "", .err = ""};
    }
};

TEST_F(Commands, TheGuestsProofBecomesTheVerdict)
{
    auto guest = std::make_shared<WorkingGuest>();
    guest->report = R"({"schema":"gpupass/1","verdict":"working","why":"it computes","checks":[{"id":"opencl-compute","result":"pass"}]})";
    desk.guests["linux+ssh://u@g"] = guest;
    ASSERT_EQ(desk.run("--host fake:nuc attach auto --vm debian --start --yes --json --guest linux+ssh://u@g"), exit_done);
    EXPECT_EQ(document()["verdict"], "working");
    EXPECT_EQ(document()["checks"].back()["id"], "opencl-compute");

    desk.run("undo --yes");
    guest->report = R"({"schema":"gpupass/1","verdict":"not-working","why":"wrong sum","checks":[{"id":"opencl-compute","result":"fail"}]})";
    EXPECT_EQ(desk.run("--host fake:nuc attach auto --vm debian --start --yes --json --guest linux+ssh://u@g"), exit_failed);
    EXPECT_EQ(document()["verdict"], "not-working");
    EXPECT_EQ(document()["run"]["state"], "done");
}

constexpr const char* working_report =
    R"({"schema":"gpupass/1","simulated":true,"verdict":"working","why":"it computes","checks":[{"id":"opencl-compute","result":"pass"}]})";

TEST_F(Commands, VerifyAsksTheGuestOfTheVmThatHasTheGpu)
{
    auto guest = std::make_shared<WorkingGuest>();
    guest->report = working_report;
    desk.guests["linux+ssh://u@g"] = guest;
    EXPECT_EQ(desk.run("--host fake:nuc verify --vm debian --guest linux+ssh://u@g"), exit_failed);
    EXPECT_THAT(desk.err(), HasSubstr("VM debian has no GPU of this host"));
    ASSERT_EQ(desk.run("--host fake:nuc attach auto --vm debian --start --yes"), exit_done);
    desk.worlds["nuc"].facts.vms[0].power = Power::on;
    desk.worlds["nuc"].facts.vms[0].devices = {{.address = PciAddress{0, 0, 2, 0}, .present = true}};
    EXPECT_EQ(desk.run("--host fake:nuc verify --vm debian --json --guest linux+ssh://u@g"), exit_done);
    EXPECT_EQ(document()["verdict"], "working");
    EXPECT_EQ(document()["vm"], "debian");
    EXPECT_EQ(desk.run("--host fake:nuc verify --vm debian --json"), exit_failed);
    EXPECT_EQ(document()["verdict"], "unproven");
    EXPECT_EQ(desk.run("--host fake:nuc verify --vm nobody"), exit_failed);
    EXPECT_EQ(desk.run("verify --guest linux+ssh://u@g --device 8086:9a49 --html " + (desk.folder / "page.html").string()), exit_done);
    EXPECT_TRUE(std::filesystem::exists(desk.folder / "page.html"));
    guest->report = R"({"schema":"gpupass/1","verdict":"degraded","why":"slow","checks":[{"id":"opencl-compute","result":"pass"}]})";
    EXPECT_EQ(desk.run("verify --guest linux+ssh://u@g --device 8086:9a49"), exit_failed);
}

TEST_F(Commands, VerifyRefusesWordsThatSayTwoThings)
{
    EXPECT_EQ(desk.run("verify"), exit_usage);
    EXPECT_EQ(desk.run("verify --here --vm debian"), exit_usage);
    EXPECT_EQ(desk.run("verify --here --device xyz"), exit_usage);
    EXPECT_EQ(desk.run("verify --guest http://x"), exit_usage);
}

TEST_F(Commands, DemoTellsTheStoryAndLeavesNothing)
{
    auto guest = std::make_shared<WorkingGuest>();
    guest->report = working_report;
    desk.guests["linux+ssh://user@guest"] = guest;
    desk.worlds["nuc11"] = nuc_world();
    ASSERT_EQ(desk.run("demo"), exit_done) << desk.err();
    EXPECT_THAT(desk.out(), HasSubstr("verdict: working (simulated)"));
    EXPECT_THAT(desk.out(), HasSubstr("settings of the host and its VMs are what they were"));
    EXPECT_EQ(desk.worlds["nuc11"].facts.settings, nuc_world().facts.settings);
    EXPECT_FALSE(std::filesystem::exists(desk.folder / "state"));
    ASSERT_EQ(desk.run("demo --json"), exit_done);
    EXPECT_EQ(document()["demo"]["verdict"], "working");
    EXPECT_EQ(document()["demo"]["restored"], true);
}

TEST_F(Commands, DemoFailsWhenTheStoryDoesNotComeOut)
{
    desk.worlds["nuc11"] = nuc_world();
    EXPECT_EQ(desk.run("demo"), exit_failed);  // no guest answers
    EXPECT_THAT(desk.err(), HasSubstr("the guest's verdict is unproven"));
    desk.worlds["nuc11"] = nuc_world();
    desk.worlds["nuc11"].failing_step = "add-device";
    EXPECT_EQ(desk.run("demo"), exit_failed);
}

}  // namespace
}  // namespace gpupass::cli
