#include "hosts/esxi/ssh/vm_edit.hpp"

#include "hosts/esxi/ssh/sha256.hpp"
#include "hosts/esxi/ssh/step_test.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::Contains;
using testing::HasSubstr;

class EditStep : public StepTest {
protected:
    EditStep()
    {
        for (FakeVm& vm : esxi->vms)
            vm.running = false;
        esxi->commands[{"vim-cmd", "vmsvc/reload", "20"}] = {};
        esxi->files[path] = before;
        look();
    }
    std::string& file() { return esxi->files[path]; }
    EditVm reserve() { return {"debian", {{"sched.mem.min", "8192"}}}; }
    EditVm add() { return {"debian", {{"pciPassthru0.id", "00000:000:02.0"}, {"pciPassthru0.present", "TRUE"}}}; }

    const std::string path = "/vmfs/volumes/ds1/debian/debian.vmx";
    const std::string copy = path + ".gpupass-7";
    const std::string before = ".encoding = \"UTF-8\"\r\nmemSize = \"8192\"\r\nvvtd.enable = \"TRUE\"\r\nstrange line\r\n";
};

TEST(Sha256, IsTheOneEverybodyKnows)
{
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(EditStep, KeepsTheCopyAndChangesOnlyTheKeys)
{
    ASSERT_TRUE(apply(reserve())) << error;
    EXPECT_EQ(file(), before + "sched.mem.min = \"8192\"\r\n");
    EXPECT_EQ(esxi->files[copy], before);
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0], (BeforeImage{path, copy, sha256_hex(before), sha256_hex(file())}));
    EXPECT_TRUE(esxi->has_run({"vim-cmd", "vmsvc/reload", "20"}));
}

TEST_F(EditStep, ASecondEditOfTheRunKeepsTheFirstCopy)
{
    ASSERT_TRUE(apply(reserve())) << error;
    ASSERT_TRUE(apply(EditVm{"debian", {{"vvtd.enable", "FALSE"}}})) << error;
    EXPECT_EQ(esxi->files[copy], before);
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0].before_hash, sha256_hex(before));
    EXPECT_EQ(images[0].after_hash, sha256_hex(file()));
    EXPECT_THAT(file(), HasSubstr("sched.mem.min = \"8192\"")) << "the way back is not taken by chance";
}

TEST_F(EditStep, TheJournalKnowsBeforeTheHostIsTouched)
{
    on_save = [this]() -> Result<void> {
        EXPECT_EQ(file(), before);
        EXPECT_FALSE(esxi->files.contains(copy));
        return fail(ErrorKind::failed, "disk full here");
    };
    EXPECT_FALSE(apply(reserve()));
    EXPECT_EQ(file(), before);
    EXPECT_FALSE(esxi->files.contains(copy));
    ASSERT_EQ(saved.size(), 1u);
    EXPECT_EQ(saved[0].at(0).after_hash, sha256_hex(before + "sched.mem.min = \"8192\"\r\n"));
}

TEST_F(EditStep, IsIdempotent)
{
    ASSERT_TRUE(apply(reserve())) << error;
    const auto once = file();
    ASSERT_TRUE(apply(reserve())) << error;
    EXPECT_EQ(file(), once);
    EXPECT_EQ(saved.size(), 1u);
}

TEST_F(EditStep, TheWayBackRestoresTheBytes)
{
    ASSERT_TRUE(apply(EditVm{"debian", {{"vvtd.enable", "FALSE"}, {"sched.mem.min", "8192"}}})) << error;
    ASSERT_TRUE(apply(EditVm{"debian", {{"vvtd.enable", "TRUE"}, {"sched.mem.min", std::nullopt}}})) << error;
    EXPECT_EQ(file(), before);
}

TEST_F(EditStep, TheWayBackEditsKeysWhenOthersWroteToo)
{
    ASSERT_TRUE(apply(add())) << error;
    // hostd adds keys of its own at a power change.
    file() += "pciPassthru0.pciSlotNumber = \"160\"\r\ncleanShutdown = \"TRUE\"\r\n";
    ASSERT_TRUE(apply(EditVm{"debian", {{"pciPassthru0.*", std::nullopt}}})) << error;
    EXPECT_EQ(file(), before + "cleanShutdown = \"TRUE\"\r\n");
}

TEST_F(EditStep, ADamagedCopyIsNotTrusted)
{
    ASSERT_TRUE(apply(reserve())) << error;
    esxi->files[copy] = "memSize = \"1\"\n";
    ASSERT_TRUE(apply(EditVm{"debian", {{"sched.mem.min", std::nullopt}}})) << error;
    EXPECT_EQ(file(), before);
}

TEST_F(EditStep, RefusesARunningVm)
{
    esxi->vm("20")->running = true;
    EXPECT_FALSE(apply(reserve()));
    EXPECT_EQ(error.kind, ErrorKind::blocked);
    EXPECT_EQ(file(), before);
}

TEST_F(EditStep, RefusesDuplicatesSuspendedAndNulBytes)
{
    for (const std::string& bad : {before + "MEMSIZE = \"1\"\r\n", before + "checkpoint.vmState = \"x.vmss\"\r\n", before + std::string(1, '\0'), std::string{"no key here\n"}}) {
        file() = bad;
        EXPECT_FALSE(apply(reserve()));
        EXPECT_EQ(file(), bad);
        EXPECT_TRUE(images.empty());
    }
}

TEST_F(EditStep, AFileThatChangedMeanwhileIsLeftAlone)
{
    on_save = [this]() -> Result<void> {
        file() += "theirs = \"1\"\r\n";
        return {};
    };
    EXPECT_FALSE(apply(reserve()));
    EXPECT_EQ(error.kind, ErrorKind::changed);
    EXPECT_EQ(file(), before + "theirs = \"1\"\r\n");
}

TEST_F(EditStep, AFullDiskLeavesTheFileAsItWas)
{
    esxi->disk_full = true;
    EXPECT_FALSE(apply(reserve()));
    EXPECT_EQ(file(), before);
    EXPECT_THAT(error.what, HasSubstr("No space left"));
}

TEST_F(EditStep, AVmThatTurnsInvalidIsPutBack)
{
    esxi->before_run = [this](const FakeEsxi::Words& words) {
        if (words[1] == "vmsvc/reload")
            esxi->vm("20")->listed = file() == before;
    };
    EXPECT_FALSE(apply(reserve()));
    EXPECT_EQ(file(), before);
    EXPECT_TRUE(esxi->vm("20")->listed) << "reloaded again";
    EXPECT_THAT(error.what, HasSubstr("invalid"));
    EXPECT_THAT(error.where, Contains(HasSubstr("put back")));
    EXPECT_EQ(images.at(0).after_hash, sha256_hex(before));
}

TEST_F(EditStep, ACopyLeftByABrokenTryIsUsed)
{
    images = {{path, copy, sha256_hex(before), sha256_hex("what was about to be written")}};
    ASSERT_TRUE(apply(reserve())) << error;
    EXPECT_EQ(esxi->files[copy], before);
    EXPECT_EQ(images.size(), 1u);
}

TEST(Edits, APatternSparesNamedKeys)
{
    VmxDocument document{"pciPassthru0.id = \"x\"\npciPassthru0.present = \"TRUE\"\npciPassthru01.id = \"y\"\npciPassthru1.id = \"z\"\n"};
    const std::vector<Want> edits{{"pciPassthru0.*", std::nullopt}, {"pciPassthru0.ID", "new"}};
    EXPECT_FALSE(agrees(document, edits));
    ASSERT_TRUE(apply_edits(document, edits));
    EXPECT_EQ(document.text(), "pciPassthru0.id = \"new\"\npciPassthru01.id = \"y\"\npciPassthru1.id = \"z\"\n");
    EXPECT_TRUE(agrees(document, edits));
}

}  // namespace
}  // namespace gpupass::esxi
