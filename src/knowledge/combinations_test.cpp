#include "knowledge/combinations.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

HostFacts esxi() { return HostFacts{.kind = "esxi"}; }
PciDevice device(std::uint16_t vendor, std::uint16_t id) { return PciDevice{.id = {vendor, id}, .class_code = 0x0300}; }
Vm guest(std::string guest_os) { return Vm{.guest_os = std::move(guest_os)}; }

std::vector<std::string> ids(const std::vector<Warning>& warnings)
{
    std::vector<std::string> all;
    for (const Warning& warning : warnings)
        all.push_back(warning.id);
    return all;
}

TEST(Combinations, WarnOfWindowsOnTigerLakeWithTheSource)
{
    const auto warnings = known_bad(esxi(), device(0x8086, 0x9a49), guest("windows11_64Guest"));

    ASSERT_THAT(ids(warnings), ElementsAre("windows-guest-blue-screens", "no-picture-expected"));
    EXPECT_THAT(warnings[0].source, testing::StartsWith("https://jia.je/"));
    EXPECT_THAT(warnings[0].text, testing::HasSubstr("blue screens"));
}

TEST(Combinations, ExpectNoPictureInALinuxGuest)
{
    EXPECT_THAT(ids(known_bad(esxi(), device(0x8086, 0x9a49), guest("debian11-64"))),
                ElementsAre("no-picture-expected"));
    EXPECT_THAT(ids(known_bad(esxi(), device(0x8086, 0x3e92), guest("windows9_64Guest"))),
                ElementsAre("no-picture-expected"));
}

TEST(Combinations, SayNothingOfCardsOtherVendorsAndOtherPlatforms)
{
    EXPECT_THAT(known_bad(esxi(), device(0x8086, 0x56a0), guest("debian11-64")), IsEmpty());
    EXPECT_THAT(known_bad(esxi(), device(0x10de, 0x1cb2), guest("windows9_64Guest")), IsEmpty());
    EXPECT_THAT(known_bad(HostFacts{.kind = "linux"}, device(0x8086, 0x9a49), guest("windows11_64Guest")), IsEmpty());
}

}  // namespace
}  // namespace gpupass
