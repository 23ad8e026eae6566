#include "cli/exit_code.hpp"
#include "cli/fake_host.hpp"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>

namespace gpupass::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DiagnoseTest : public testing::Test {
protected:
    std::string file(const std::string& name, const std::string& text)
    {
        const auto path = desk_.folder / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path} << text;
        return path.string();
    }

    Desk desk_;
};

constexpr const char* refused = "first\nFailed to register the device pciPassthru0\n";

TEST_F(DiagnoseTest, NamesTheCauseTheLineAndTheFix)
{
    EXPECT_EQ(desk_.run("diagnose --log " + file("vmware.log", refused)), exit_failed);
    EXPECT_THAT(desk_.out(), AllOf(HasSubstr("error, likely: the VM has a virtual IOMMU [vm-iommu-exposed-with-passthrough]"),
                                   HasSubstr("vmware.log:2: Failed to register the device pciPassthru0"),
                                   HasSubstr("vvtd.enable"), HasSubstr("https://")));
}

TEST_F(DiagnoseTest, PrintsOneDocument)
{
    EXPECT_EQ(desk_.run("diagnose --json " + file("vmware.log", refused)), exit_failed);
    EXPECT_THAT(desk_.out(), AllOf(HasSubstr("\"id\": \"vm-iommu-exposed-with-passthrough\""), HasSubstr("\"line\": 2"),
                                   HasSubstr("\"lines\": 2"), HasSubstr("\"certainty\": \"likely\"")));
}

TEST_F(DiagnoseTest, SaysThatItKnowsNothingAndWhatHelps)
{
    EXPECT_EQ(desk_.run("diagnose --log " + file("a.log", "all is quiet\n")), exit_done);
    EXPECT_THAT(desk_.out(), AllOf(HasSubstr("gpupass cannot tell"), HasSubstr("what helps next")));
}

TEST_F(DiagnoseTest, AnswersFromFactsAlone)
{
    EXPECT_EQ(desk_.run("diagnose --fact gpu=8086:3185 --fact want=sriov"), exit_failed);
    EXPECT_THAT(desk_.out(), HasSubstr("[gpu-generation-without-sriov]"));
    EXPECT_EQ(desk_.run("diagnose --fact gpu=8086:9a49 --fact want=gvtg"), exit_failed);
    EXPECT_THAT(desk_.out(), HasSubstr("[gpu-generation-without-gvt-g]"));
}

TEST_F(DiagnoseTest, LetsTheHostsFactsConfirm)
{
    desk_.worlds["nuc"] = nuc_world();
    Vm& debian = desk_.worlds["nuc"].facts.vms.at(0);
    debian.viommu = true;
    debian.devices = {VmDevice{.present = true}};

    EXPECT_EQ(desk_.run("--host fake:nuc diagnose --log " + file("vmware.log", refused)), exit_failed);
    EXPECT_THAT(desk_.out(), HasSubstr("error, certain: the VM has a virtual IOMMU"));
}

TEST_F(DiagnoseTest, FindsWhatIsWrongWithAHostWithoutAnyLog)
{
    desk_.worlds["nuc"] = nuc_world();
    HostFacts& facts = desk_.worlds["nuc"].facts;
    for (PciDevice& device : facts.pci)
        if (device.is_display())
            device.configured_owner = "passthrough";
    facts.console_gpu = facts.pci.front().address;

    EXPECT_EQ(desk_.run("--host fake:nuc diagnose"), exit_failed);
    EXPECT_THAT(desk_.out(), HasSubstr("[esxi-console-holds-igpu]"));
}

TEST_F(DiagnoseTest, ReadsRulesOfTheUser)
{
    const std::string yaml = "- {id: our-riser, title: our riser card is loose, area: own, cause: c, fix: [push it], patterns: ['link training failed']}\n";
    const std::string log = file("a.log", "link training failed\n");
    file("rules/own.yaml", yaml);

    EXPECT_EQ(desk_.run("diagnose --log " + log + " --rules " + (desk_.folder / "rules").string()), exit_failed);
    EXPECT_THAT(desk_.out(), HasSubstr("our riser card is loose [our-riser]"));
    EXPECT_EQ(desk_.run("explain our-riser --rules " + (desk_.folder / "rules").string()), exit_done);
    EXPECT_THAT(desk_.out(), HasSubstr("push it"));
    EXPECT_EQ(desk_.run("diagnose --log " + log), exit_done);
    file("rules/own.yaml", "- {id: vm-has-snapshots, title: t, area: own, cause: c, patterns: ['abcd']}\n");
    EXPECT_EQ(desk_.run("diagnose --log " + log + " --rules " + (desk_.folder / "rules").string()), exit_failed);
    EXPECT_THAT(desk_.err(), HasSubstr("give yours another id"));
    file("rules/own.yaml", "- {id: a, title: t, area: own, cause: c, patterns: ['(?=abcd)x']}\n");
    EXPECT_EQ(desk_.run("diagnose --log " + log + " --rules " + (desk_.folder / "rules").string()), exit_failed);
    EXPECT_THAT(desk_.err(), HasSubstr("cannot be searched for"));
}

TEST_F(DiagnoseTest, ExplainsWrongWords)
{
    EXPECT_EQ(desk_.run("diagnose --fact gpu"), exit_usage);
    EXPECT_THAT(desk_.err(), HasSubstr("is not KEY=VALUE"));
    EXPECT_EQ(desk_.run("diagnose --fact plattform=esxi"), exit_usage);
    EXPECT_THAT(desk_.err(), HasSubstr("did you mean `platform`?"));
    EXPECT_EQ(desk_.run("diagnose --log /nowhere/a.log"), exit_failed);
    EXPECT_THAT(desk_.err(), HasSubstr("/nowhere/a.log"));
    EXPECT_EQ(desk_.run("diagnose --rules /nowhere --fact gpu=8086:9a49"), exit_failed);
}

TEST_F(DiagnoseTest, ShowsForeignTextHarmlessly)
{
    desk_.run("diagnose --log " + file("a\x1b[31m.log", "Failed to register the device pciPassthru0 \x1b[2J\n"));
    EXPECT_THAT(desk_.out(), Not(HasSubstr("\x1b")));
}

/// `GPUPASS_WRITE_GOLDEN=1 build/dev/cli_test` writes it anew.
TEST_F(DiagnoseTest, TheDocumentedPageIsThatOfTheRules)
{
    desk_.run("rules --markdown");
    if (std::getenv("GPUPASS_WRITE_GOLDEN"))
        std::ofstream{FAILURES_PAGE} << desk_.out();
    std::ifstream page{FAILURES_PAGE};
    const std::string text{std::istreambuf_iterator<char>{page}, {}};

    EXPECT_TRUE(text == desk_.out()) << "make docs/failures.md anew: gpupass rules --markdown > docs/failures.md";
}

TEST_F(DiagnoseTest, PrintsAllRulesAsAPage)
{
    EXPECT_EQ(desk_.run("rules --markdown"), exit_done);
    EXPECT_THAT(desk_.out(), AllOf(HasSubstr("# Failures that gpupass knows"), HasSubstr("`vm-iommu-exposed-with-passthrough`")));
}

}  // namespace
}  // namespace gpupass::cli
