#include "hosts/linux/libvirt/device_xml.hpp"
#include "hosts/linux/libvirt/test_domains.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host {
namespace {

using test::busy_guest;
using test::linux_guest;
using test::windows_guest;
using test::with;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const PciAddress igpu{0, 0, 2, 0};

TEST(DeviceXml, AsksForNoMoreThanItMust)
{
    const auto text = hostdev_xml(PciHostdev{.source = igpu, .managed = true, .alias = "ua-gpupass-0"});
    ASSERT_TRUE(text) << text.error();
    EXPECT_EQ(*text,
              "<hostdev mode='subsystem' type='pci' managed='yes'>"
              "<source><address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></source>"
              "<alias name='ua-gpupass-0'/></hostdev>");
}

TEST(DeviceXml, WritesEverythingItIsGiven)
{
    const auto text = hostdev_xml(PciHostdev{.source = {1, 0xaf, 0x1f, 7},
                                             .guest_address = igpu,
                                             .rom_file = "/srv/a & b's.rom",
                                             .rom_bar = true,
                                             .alias = "ua-x"});
    ASSERT_TRUE(text) << text.error();
    EXPECT_EQ(*text,
              "<hostdev mode='subsystem' type='pci' managed='no'>"
              "<source><address domain='0x0001' bus='0xaf' slot='0x1f' function='0x7'/></source>"
              "<rom bar='on' file='/srv/a &amp; b&apos;s.rom'/><alias name='ua-x'/>"
              "<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></hostdev>");
}

TEST(DeviceXml, WritesAMediatedDevice)
{
    const auto text = hostdev_xml(
        MdevHostdev{.uuid = "c2177883-f1bb-47f0-914d-32a22e3a8804", .display = true, .alias = "ua-gpupass-0"});
    ASSERT_TRUE(text) << text.error();
    EXPECT_EQ(*text,
              "<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci' display='on'>"
              "<source><address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source><alias "
              "name='ua-gpupass-0'/></hostdev>");
}

TEST(DeviceXml, RefusesWhatLibvirtWouldNotKeep)
{
    for (const char* alias : {"", "ua-", "hostdev0", "gpupass-0", "ua-a b", "ua-a'/><x", "UA-a"})
        EXPECT_FALSE(hostdev_xml(PciHostdev{.source = igpu, .alias = alias})) << alias;
    for (const char* rom : {"igd.rom", "../igd.rom", "/srv/a\nb"})
        EXPECT_FALSE(hostdev_xml(PciHostdev{.source = igpu, .rom_file = rom, .alias = "ua-a"})) << rom;
    for (const char* uuid :
         {"", "c2177883", "c2177883-f1bb-47f0-914d-32a22e3a880g", "c2177883xf1bb-47f0-914d-32a22e3a8804"})
        EXPECT_FALSE(hostdev_xml(MdevHostdev{.uuid = uuid, .alias = "ua-a"})) << uuid;
}

TEST(DeviceXml, GivesEveryDeviceAnAliasOfItsOwn)
{
    EXPECT_THAT(free_aliases(parse_domain(linux_guest).value(), 2), ElementsAre("ua-gpupass-0", "ua-gpupass-1"));
    EXPECT_THAT(free_aliases(parse_domain(busy_guest).value(), 2), ElementsAre("ua-gpupass-1", "ua-gpupass-2"));
    EXPECT_THAT(free_aliases(parse_domain(busy_guest).value(), 0), ElementsAre());
}

TEST(DeviceXml, KnowsItsOwnDevices)
{
    const DomainXml busy = parse_domain(busy_guest).value();
    EXPECT_TRUE(is_ours(busy.hostdevs[0]));
    EXPECT_FALSE(is_ours(busy.hostdevs[1]));
    EXPECT_FALSE(is_ours(parse_domain(windows_guest).value().hostdevs[0]));
}

TEST(DeviceXml, FindsWhatItWrote)
{
    const auto ours = hostdev_xml(
        PciHostdev{.source = {0, 3, 0, 1}, .managed = true, .rom_file = "/srv/a & b.rom", .alias = "ua-gpupass-7"});
    ASSERT_TRUE(ours);
    const std::string domain = with(busy_guest, "</devices>", *ours + "</devices>");
    EXPECT_EQ(device_element(domain, {0, 3, 0, 1}), *ours);
}

TEST(DeviceXml, FindsADeviceByItsPlaceOnTheHost)
{
    EXPECT_THAT(device_element(busy_guest, igpu).value(), HasSubstr("slot='0x02'"));
    EXPECT_EQ(device_element(busy_guest, {0, 2, 0, 0}),
              "<hostdev mode='subsystem' type='pci' managed='yes'>"
              "<source><address domain='0' bus='2' slot='0' function='0'/></source>"
              "<driver model='xe-vfio-pci'/></hostdev>");
    EXPECT_EQ(device_element(windows_guest, {0, 0x65, 0, 0}),
              "<hostdev mode='subsystem' type='pci' managed='no'><driver name='vfio'/>"
              "<source><address domain='0x0000' bus='0x65' slot='0x00' function='0x0'/></source><alias name='ua-card'/>"
              "<rom bar='off' file='/usr/share/vgabios/card.rom'/>"
              "<address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/></hostdev>");
}

TEST(DeviceXml, FindsANetworkFunctionAsWhatItIs)
{
    const auto nic = device_element(busy_guest, {0, 2, 0x10, 1});
    ASSERT_TRUE(nic) << nic.error();
    EXPECT_TRUE(nic->starts_with("<interface type='hostdev' managed='yes'><mac address='52:54:00:6D:90:02'/>")) << *nic;
}

TEST(DeviceXml, FindsAMediatedDeviceByItsUuid)
{
    const auto mdev = mdev_element(busy_guest, "c2177883-F1BB-47f0-914d-32a22e3a8804");
    ASSERT_TRUE(mdev) << mdev.error();
    EXPECT_THAT(*mdev, HasSubstr("type='mdev'"));
    EXPECT_FALSE(mdev_element(busy_guest, ""));
}

TEST(DeviceXml, FindsNoAddressOfTheGuestAndNothingCommentedOut)
{
    for (const PciAddress& other :
         {PciAddress{0, 6, 0, 0}, PciAddress{0, 0, 7, 0}, PciAddress{0, 1, 0, 0}, PciAddress{0, 0, 2, 1}}) {
        EXPECT_FALSE(device_element(busy_guest, other)) << to_string(other);
        EXPECT_FALSE(device_element(windows_guest, other)) << to_string(other);
    }
    const auto none = device_element(linux_guest, igpu);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::not_found);
    EXPECT_EQ(none.error().what, "the domain has no device that is 0000:00:02.0 of the host");
}

TEST(DeviceXml, FindsTheSameWhereverTheLinesEnd)
{
    const std::string crlf = with(windows_guest, "\n", "\r\n");
    EXPECT_EQ(device_element(crlf, {0, 0x65, 0, 0}), device_element(windows_guest, {0, 0x65, 0, 0}));
}

TEST(DeviceXml, HoldsNothingOfTheDevicesBesideIt)
{
    EXPECT_THAT(device_element(windows_guest, {0, 0x65, 0, 0}).value(), Not(HasSubstr("s3cret")));
    EXPECT_FALSE(device_element("<domain", igpu));
}

}  // namespace
}  // namespace gpupass::linux_host
