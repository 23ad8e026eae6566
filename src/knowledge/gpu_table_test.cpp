#include "knowledge/gpu_table.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using testing::HasSubstr;

TEST(GpuTable, KnowsTheIrisXeOfANuc11)
{
    const GpuModel* gpu = find_gpu_model({0x8086, 0x9a49});

    ASSERT_NE(gpu, nullptr);
    EXPECT_EQ(gpu->codename, "Tiger Lake");
    EXPECT_EQ(gpu->name, "Iris Xe Graphics");
    EXPECT_EQ(gpu->graphics_version, "12.0");
    EXPECT_EQ(gpu->driver, "i915|xe_fp");
    EXPECT_EQ(gpu->gvtg, "no");
    EXPECT_EQ(gpu->sriov_vfs, "7");
}

TEST(GpuTable, FindsTheFirstAndTheLastRow)
{
    EXPECT_EQ(find_gpu_model({0x8086, 0x0102})->codename, "Sandy Bridge");
    EXPECT_EQ(find_gpu_model({0x8086, 0xfd81})->codename, "Wildcat Lake");
}

TEST(GpuTable, DoesNotKnowOtherIdsAndVendors)
{
    EXPECT_EQ(find_gpu_model({0x8086, 0x0000}), nullptr);
    EXPECT_EQ(find_gpu_model({0x8086, 0xffff}), nullptr);
    EXPECT_EQ(find_gpu_model({0x10de, 0x9a49}), nullptr);
}

TEST(Modes, OfTigerLakeOnEsxiArePassthroughOnly)
{
    const Modes modes = modes_of({0x8086, 0x9a49}, "esxi");

    EXPECT_TRUE(modes.passthrough.possible);
    EXPECT_FALSE(modes.gvtg.possible);
    EXPECT_EQ(modes.gvtg.why, "Tiger Lake has no GVT-g; Broadwell to Comet Lake have it");
    EXPECT_FALSE(modes.sriov.possible);
    EXPECT_THAT(modes.sriov.why, HasSubstr("ESXi has no SR-IOV driver for Tiger Lake"));
    EXPECT_THAT(modes.sriov.why, HasSubstr("7 virtual functions with i915-sriov-dkms"));
}

TEST(Modes, OfTigerLakeOnLinuxHaveSriovWithTheRightDriver)
{
    const Modes modes = modes_of({0x8086, 0x9a49}, "linux");

    EXPECT_TRUE(modes.passthrough.possible);
    EXPECT_FALSE(modes.gvtg.possible);
    EXPECT_TRUE(modes.sriov.possible);
    EXPECT_THAT(modes.sriov.why, HasSubstr("Linux 6.18"));
}

TEST(Modes, OfCometLakeHaveGvtgOnLinuxButNotOnEsxi)
{
    EXPECT_TRUE(modes_of({0x8086, 0x9bc5}, "linux").gvtg.possible);
    const Mode on_esxi = modes_of({0x8086, 0x9bc5}, "esxi").gvtg;
    EXPECT_FALSE(on_esxi.possible);
    EXPECT_THAT(on_esxi.why, HasSubstr("ESXi has no GVT-g"));
}

TEST(Modes, OfAlderLakeOnEsxiNameTheFlexDriverAndTheDoubt)
{
    const Mode sriov = modes_of({0x8086, 0x4680}, "esxi").sriov;

    EXPECT_TRUE(sriov.possible);
    EXPECT_THAT(sriov.why, HasSubstr("Flex driver on ESXi 8.0U2"));
    EXPECT_THAT(sriov.why, HasSubstr("not confirmed"));
}

TEST(Modes, OfConsumerArcCardsHaveNoSriovThoughTheChipIsOfTheProCards)
{
    EXPECT_FALSE(modes_of({0x8086, 0x56a0}, "linux").sriov.possible);
    EXPECT_TRUE(modes_of({0x8086, 0xe212}, "linux").sriov.possible);
}

TEST(Modes, SayWhenNothingIsKnown)
{
    const Modes intel = modes_of({0x8086, 0x0001}, "esxi");
    EXPECT_TRUE(intel.passthrough.possible);
    EXPECT_FALSE(intel.sriov.possible);
    EXPECT_EQ(intel.sriov.why, "not known: 8086:0001 is not in the GPU table");
    EXPECT_THAT(modes_of({0x10de, 0x1cb2}, "esxi").gvtg.why, HasSubstr("Intel GPUs only"));
}

TEST(Modes, KnowEveryGenerationOfTheTable)
{
    for (unsigned device = 0; device <= 0xffff; ++device) {
        const PciId id{0x8086, static_cast<std::uint16_t>(device)};
        if (!find_gpu_model(id))
            continue;
        EXPECT_THAT(modes_of(id, "linux").gvtg.why, testing::Not(HasSubstr("not known"))) << to_string(id);
    }
}

}  // namespace
}  // namespace gpupass
