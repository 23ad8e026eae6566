#include "hosts/linux/libvirt/memlock.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Version current{9, 0, 0};

TEST(LockedMemory, IsTheGuestsAndOneGibibyte)
{
    const DomainXml domain{.memory_mb = 4096};
    const LockedMemory locked = locked_memory(domain, 2, current);
    EXPECT_EQ(locked.devices, 2);
    EXPECT_EQ(locked.needed_mb, 5120);
    EXPECT_THAT(locked.blockers, IsEmpty());
    EXPECT_THAT(locked.warnings, IsEmpty());
}

TEST(LockedMemory, IsNoneWithoutDevices)
{
    const DomainXml domain{.memory_mb = 4096, .hard_limit_mb = 1, .hostdevs = {Hostdev{}}};
    EXPECT_EQ(locked_memory({.memory_mb = 4096}, 0, current).needed_mb, 0);
    EXPECT_EQ(locked_memory(domain, -1, current).needed_mb, 0);
    EXPECT_THAT(locked_memory(domain, -5, current).blockers, IsEmpty());
}

TEST(LockedMemory, CountsEveryDeviceBehindAVirtualIommu)
{
    const DomainXml domain{.memory_mb = 4096, .viommu = "intel", .hostdevs = {Hostdev{}}, .nics = {HostdevNic{}}};
    EXPECT_EQ(locked_memory(domain, 1, current).needed_mb, 3 * 4096 + 1024);
    EXPECT_THAT(locked_memory(domain, 1, current).warnings, IsEmpty());
}

TEST(LockedMemory, WarnsOfALibvirtThatDoesNotCountThem)
{
    const DomainXml domain{.memory_mb = 4096, .viommu = "intel", .hostdevs = {Hostdev{}}};
    ASSERT_THAT(locked_memory(domain, 1, Version{8, 6, 0}).warnings, SizeIs(1));
    EXPECT_THAT(locked_memory(domain, 1, Version{8, 6, 0}).warnings[0].text, HasSubstr("hard_limit of 9216 MiB"));
    EXPECT_THAT(locked_memory(domain, 1, std::nullopt).warnings, SizeIs(1));
    EXPECT_THAT(locked_memory(domain, 0, Version{8, 6, 0}).warnings, IsEmpty());
}

TEST(LockedMemory, IsBlockedByALimitBelowTheGuestsMemory)
{
    const DomainXml domain{.memory_mb = 4096, .hard_limit_mb = 4095};
    const LockedMemory locked = locked_memory(domain, 1, current);
    ASSERT_THAT(locked.blockers, SizeIs(1));
    EXPECT_EQ(locked.blockers[0].id, "hard-limit-too-low");
    EXPECT_THAT(locked.blockers[0].fix, HasSubstr("5120 MiB"));
}

TEST(LockedMemory, WarnsOfALimitWithoutRoom)
{
    const LockedMemory tight = locked_memory({.memory_mb = 4096, .hard_limit_mb = 4096}, 1, current);
    EXPECT_THAT(tight.blockers, IsEmpty());
    ASSERT_THAT(tight.warnings, SizeIs(1));
    EXPECT_EQ(tight.warnings[0].id, "hard-limit-is-tight");
    EXPECT_THAT(locked_memory({.memory_mb = 4096, .hard_limit_mb = 5120}, 1, current).warnings, IsEmpty());
}

TEST(LockedMemory, DoesNotOverflow)
{
    const DomainXml domain{.memory_mb = 8'796'093'022'207, .hard_limit_mb = 1, .viommu = "intel"};
    EXPECT_GT(locked_memory(domain, 1'000'000'000, current).needed_mb, 0);
    EXPECT_THAT(locked_memory(domain, 1'000'000'000, current).blockers, SizeIs(1));
}

}  // namespace
}  // namespace gpupass::linux_host
