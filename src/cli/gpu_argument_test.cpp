#include "cli/gpu_argument.hpp"

#include "cli/fake_host.hpp"

#include <gmock/gmock.h>

namespace gpupass::cli {
namespace {

using testing::HasSubstr;

constexpr PciAddress igpu{0, 0, 2, 0};

TEST(ChooseGpu, TakesAddressIdAndAuto)
{
    const HostFacts facts = nuc_world().facts;
    for (const char* text : {"0000:00:02.0", "00:02.0", "8086:9a49", "8086:9A49", "auto"})
        EXPECT_EQ(choose_gpu(facts, text), igpu) << text;
}

TEST(ChooseGpu, NeverMixesUpSlotAndBus)
{
    const HostFacts facts = nuc_world().facts;  // has a NIC at 02:00.0
    for (const char* text : {"00:02", "2:0.0", "0:2.0", "00:02.0 ", "0000:00:02", "02", "*:02.0", ""}) {
        const auto gpu = choose_gpu(facts, text);
        ASSERT_FALSE(gpu) << text;
        EXPECT_EQ(gpu.error().kind, ErrorKind::usage) << text;
    }
    const auto nic = choose_gpu(facts, "02:00.0");
    ASSERT_FALSE(nic);
    EXPECT_EQ(nic.error().kind, ErrorKind::blocked);
    EXPECT_THAT(nic.error().what, HasSubstr("I225-V"));
    const auto function = choose_gpu(facts, "00:02.1");
    ASSERT_FALSE(function);
    EXPECT_EQ(function.error().kind, ErrorKind::not_found);
    EXPECT_THAT(function.error().next, HasSubstr("0000:00:02.0"));
}

TEST(ChooseGpu, AnIdOfSomethingElseIsNoGpu)
{
    const auto nic = choose_gpu(nuc_world().facts, "8086:15f3");
    ASSERT_FALSE(nic);
    EXPECT_EQ(nic.error().kind, ErrorKind::not_found);
}

TEST(ChooseGpu, AutoAndIdNeedOneOnly)
{
    HostFacts facts = nuc_world().facts;
    facts.pci.push_back(facts.pci.front());
    facts.pci.back().address = {0, 3, 0, 0};
    for (const char* text : {"auto", "8086:9a49"}) {
        const auto gpu = choose_gpu(facts, text);
        ASSERT_FALSE(gpu);
        EXPECT_EQ(gpu.error().kind, ErrorKind::usage);
        EXPECT_THAT(gpu.error().next, HasSubstr("0000:03:00.0"));
    }
    facts.pci.clear();
    EXPECT_EQ(choose_gpu(facts, "auto").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace gpupass::cli
