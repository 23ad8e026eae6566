#include "hosts/linux/libvirt/domain_xml.hpp"
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
using testing::IsEmpty;
using testing::SizeIs;

DomainXml parsed(std::string_view xml)
{
    auto domain = parse_domain(xml);
    if (!domain) {
        ADD_FAILURE() << domain.error();
        return {};
    }
    return *std::move(domain);
}

std::string what_is_wrong(std::string_view xml)
{
    const auto domain = parse_domain(xml);
    EXPECT_FALSE(domain);
    return domain ? "" : domain.error().what;
}

TEST(DomainXml, ReadsALinuxGuest)
{
    const DomainXml domain = parsed(linux_guest);
    EXPECT_EQ(domain.name, "debian");
    EXPECT_EQ(domain.uuid, "0c7e1a52-6d1f-4b0e-9a57-2f3f6a0e7d11");
    EXPECT_EQ(domain.type, "kvm");
    EXPECT_EQ(domain.machine, "pc-i440fx-7.2");
    EXPECT_EQ(domain.arch, "x86_64");
    EXPECT_EQ(domain.firmware, Firmware::bios);
    EXPECT_EQ(domain.memory_mb, 4096);
    EXPECT_EQ(domain.vcpus, 2);
    EXPECT_EQ(domain.guest_os, GuestOs::linux_os);
    EXPECT_EQ(domain.os_id, "http://debian.org/debian/12");
    EXPECT_EQ(domain.emulator, "/usr/bin/qemu-system-x86_64");
    EXPECT_EQ(domain.on_reboot, "restart");
    EXPECT_THAT(domain.videos, ElementsAre("none"));
    EXPECT_THAT(domain.hostdevs, IsEmpty());
    EXPECT_FALSE(domain.memory_locked);
    EXPECT_EQ(domain.hard_limit_mb, std::nullopt);
    EXPECT_TRUE(is_i440fx(domain));
    EXPECT_FALSE(has_emulated_vga(domain));
    EXPECT_EQ(domain.qemu, QemuWords{});
}

TEST(DomainXml, ReadsAWindowsGuest)
{
    const DomainXml domain = parsed(windows_guest);
    EXPECT_EQ(domain.name, "win & more");
    EXPECT_EQ(domain.firmware, Firmware::uefi);
    EXPECT_EQ(domain.loader, "/usr/share/OVMF/OVMF_CODE_4M.ms.fd");
    EXPECT_EQ(domain.memory_mb, 8192);
    EXPECT_EQ(domain.hard_limit_mb, 9536);  // 10 GB are not 10 GiB
    EXPECT_TRUE(domain.memory_locked);
    EXPECT_EQ(domain.vcpus, 4);
    EXPECT_EQ(domain.guest_os, GuestOs::windows);
    EXPECT_EQ(domain.viommu, "intel");
    EXPECT_THAT(domain.graphics, ElementsAre("vnc", "spice"));
    EXPECT_FALSE(is_i440fx(domain));
    EXPECT_TRUE(has_emulated_vga(domain));
}

TEST(DomainXml, ReadsAHostdev)
{
    const DomainXml domain = parsed(windows_guest);
    const Hostdev card{.type = HostdevType::pci,
                       .managed = false,
                       .source = PciAddress{0, 0x65, 0, 0},
                       .driver = "vfio",
                       .guest_address = PciAddress{0, 6, 0, 0},
                       .rom_file = "/usr/share/vgabios/card.rom",
                       .rom_bar = false,
                       .alias = "ua-card"};
    EXPECT_THAT(domain.hostdevs, ElementsAre(card));
}

TEST(DomainXml, ReadsWordsForQemuThatConcernVfio)
{
    const DomainXml domain = parsed(windows_guest);
    EXPECT_TRUE(domain.qemu.commandline);
    EXPECT_TRUE(domain.qemu.overrides);
    EXPECT_THAT(domain.qemu.vfio, ElementsAre("device.hostdev0.x-igd-opregion=on", "ua-card.x-no-mmap=true"));
}

TEST(DomainXml, KnowsQemusNamespaceByItsAddress)
{
    const DomainXml domain = parsed(with(with(windows_guest, "qemu:", "q:"), "xmlns:qemu", "xmlns:q"));
    EXPECT_THAT(domain.qemu.vfio, SizeIs(2));
}

TEST(DomainXml, ReadsSeveralDevicesInAnyOrder)
{
    const DomainXml domain = parsed(busy_guest);
    ASSERT_THAT(domain.hostdevs, SizeIs(3));
    EXPECT_EQ(domain.hostdevs[0].source, (PciAddress{0, 0, 2, 0}));
    EXPECT_EQ(domain.hostdevs[0].alias, "ua-gpupass-0");
    EXPECT_TRUE(domain.hostdevs[0].managed);
    EXPECT_EQ(domain.hostdevs[1].source, (PciAddress{0, 2, 0, 0}));
    EXPECT_EQ(domain.hostdevs[1].driver, "xe-vfio-pci");
    EXPECT_EQ(domain.hostdevs[2].type, HostdevType::mdev);
    EXPECT_EQ(domain.hostdevs[2].uuid, "c2177883-f1bb-47f0-914d-32a22e3a8804");
    EXPECT_EQ(domain.hostdevs[2].source, std::nullopt);
    EXPECT_EQ(domain.hostdevs[2].guest_address, std::nullopt);
    EXPECT_EQ(domain.firmware, Firmware::uefi);
    EXPECT_EQ(domain.memory_mb, 1025);  // rounded up: all of it must be locked
    EXPECT_EQ(domain.vcpus, 1);
}

TEST(DomainXml, ReadsAVirtualNetworkFunction)
{
    const HostdevNic nic{.source = PciAddress{0, 2, 0x10, 1}, .mac = "52:54:00:6d:90:02", .managed = true};
    EXPECT_THAT(parsed(busy_guest).nics, ElementsAre(nic));
}

TEST(DomainXml, IsTheSameWithOtherLineEndsAndComments)
{
    EXPECT_EQ(parsed(with(windows_guest, "\n", "\r\n")), parsed(windows_guest));
    EXPECT_EQ(parsed(with(windows_guest, "<devices>", "<!-- a --><devices><!-- <hostdev/> -->")),
              parsed(windows_guest));
    EXPECT_EQ(parsed("\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n" + std::string{linux_guest}),
              parsed(linux_guest));
}

TEST(DomainXml, ReadsAddressesInEveryNumberForm)
{
    const auto source = [](std::string_view words) {
        return parsed(with(busy_guest, "domain='0' bus='2' slot='0' function='0'", words)).hostdevs[1].source;
    };
    EXPECT_EQ(source("domain='0x0001' bus='0xAF' slot='0x1f' function='0x7'"), (PciAddress{1, 0xaf, 0x1f, 7}));
    EXPECT_EQ(source("bus='10' slot='010'"), (PciAddress{0, 10, 8, 0}));
    EXPECT_EQ(source("domain='0x10000' bus='0xe0' slot='0x06' function='0'"), std::nullopt);  // behind Intel's VMD
    for (const char* bad : {"", "bus='0' slot='0'", "bus='0x' slot='1'", "bus='256' slot='1'", "bus='1' slot='32'",
                            "bus='1' slot='1' function='8'", "bus='-1' slot='1'", "bus='1 ' slot='1'",
                            "bus='' slot='1'", "bus='99999999999999' slot='1'"})
        EXPECT_EQ(source(bad), std::nullopt) << bad;
}

TEST(DomainXml, ReadsEveryUnitOfMemory)
{
    const auto memory = [](std::string_view words) {
        return parsed(with(busy_guest, "<memory>1048577</memory>", words)).memory_mb;
    };
    EXPECT_EQ(memory("<memory>\n 2097152 </memory>"), 2048);
    EXPECT_EQ(memory("<memory unit='k'>2097152</memory>"), 2048);
    EXPECT_EQ(memory("<memory unit='KB'>2097152</memory>"), 2000);
    EXPECT_EQ(memory("<memory unit='bytes'>1048577</memory>"), 2);
    EXPECT_EQ(memory("<memory unit='MiB'>3</memory>"), 3);
    EXPECT_EQ(memory("<memory unit='G'>1</memory>"), 1024);
    EXPECT_EQ(memory("<memory unit='TiB'>1</memory>"), 1024 * 1024);
}

TEST(DomainXml, RefusesWhatIsNoSize)
{
    for (const char* words :
         {"<memory>many</memory>", "<memory unit='MiB'>-1</memory>", "<memory unit='pages'>1</memory>",
          "<memory unit='EiB'>16</memory>", "<memory>1.5</memory>", "<memory unit='k b'>1</memory>"})
        EXPECT_THAT(what_is_wrong(with(busy_guest, "<memory>1048577</memory>", words)),
                    HasSubstr("<memory> of the domain is not a size"))
            << words;
}

TEST(DomainXml, GuessesTheGuest)
{
    const auto guess = [](std::string_view id) {
        return parsed(with(linux_guest, "http://debian.org/debian/12", id)).guest_os;
    };
    EXPECT_EQ(guess("http://microsoft.com/win/11"), GuestOs::windows);
    EXPECT_EQ(guess("http://ubuntu.com/ubuntu/24.04"), GuestOs::linux_os);
    EXPECT_EQ(guess("http://freebsd.org/freebsd/14.0"), GuestOs::unknown);
    EXPECT_EQ(parsed(busy_guest).guest_os, GuestOs::unknown);
    const std::string freebsd = with(linux_guest, "http://debian.org/debian/12", "http://freebsd.org/freebsd/14.0");
    EXPECT_EQ(parsed(with(freebsd, "<devices>", "<features><hyperv mode='passthrough'/></features><devices>")).guest_os,
              GuestOs::unknown);  // what a person said counts more
    EXPECT_EQ(parsed(with(busy_guest, "<os ", "<features><hyperv mode='passthrough'/></features><os ")).guest_os,
              GuestOs::windows);
    EXPECT_EQ(
        parsed(with(busy_guest, "<os ", "<features><hyperv><vapic state='off'/></hyperv></features><os ")).guest_os,
        GuestOs::unknown);
}

TEST(DomainXml, TellsFirmwareApart)
{
    const auto firmware = [](std::string_view os) {
        return parsed(with(busy_guest, "<os firmware='efi'>", os)).firmware;
    };
    EXPECT_EQ(firmware("<os>"), Firmware::bios);
    EXPECT_EQ(firmware("<os firmware='bios'>"), Firmware::bios);
    EXPECT_EQ(firmware("<os><loader type='rom'>/usr/share/seabios/bios.bin</loader>"), Firmware::bios);
    EXPECT_EQ(firmware("<os><loader type='rom'>/opt/prefix/bios.bin</loader>"), Firmware::bios);
    EXPECT_EQ(firmware("<os><loader>/usr/share/ovmf/OVMF.fd</loader>"), Firmware::uefi);
    EXPECT_EQ(firmware("<os><loader type='pflash'>/srv/code.fd</loader>"), Firmware::uefi);
}

TEST(DomainXml, TellsMachinesApart)
{
    for (const char* machine : {"pc", "pc-i440fx-jammy", "pc-1.3", "pc-0.15"})
        EXPECT_TRUE(is_i440fx({.machine = machine})) << machine;
    for (const char* machine : {"", "q35", "pc-q35-9.2", "microvm", "virt-9.2"})
        EXPECT_FALSE(is_i440fx({.machine = machine})) << machine;
}

TEST(DomainXml, NamesEverythingThatIsMissing)
{
    EXPECT_EQ(what_is_wrong("<domain/>"),
              "the domain XML lacks the attribute type, <name>, <uuid>, <memory>, <type> in <os>");
    EXPECT_EQ(what_is_wrong(with(linux_guest, "<uuid>0C7E1A52-6d1f-4b0e-9a57-2f3f6a0e7d11</uuid>", "<uuid> </uuid>")),
              "the domain XML lacks <uuid>");
}

TEST(DomainXml, RefusesWhatIsNoDomain)
{
    EXPECT_EQ(what_is_wrong("<domainsnapshot><domain type='kvm'/></domainsnapshot>"),
              "this is a <domainsnapshot>, not a <domain>");
    EXPECT_THAT(what_is_wrong(""), HasSubstr("not well-formed"));
    EXPECT_THAT(what_is_wrong("error: failed to get domain 'x'\n"), HasSubstr("not well-formed"));
    EXPECT_THAT(what_is_wrong("<domain type='kvm\xff'/>"), HasSubstr("not UTF-8"));
    EXPECT_THAT(what_is_wrong({"<domain/>\0", 10}), HasSubstr("not UTF-8"));
    EXPECT_THAT(what_is_wrong("<domain type='&#xd800;'/>"), HasSubstr("a character that does not exist"));
}

TEST(DomainXml, NamesTheLineOfAMistake)
{
    const auto domain = parse_domain("<domain type='kvm'>\n <name>x</name>\n <memory></mem>\n</domain>");
    ASSERT_FALSE(domain);
    EXPECT_THAT(domain.error().where, ElementsAre("line 3"));
    EXPECT_EQ(domain.error().kind, ErrorKind::parse);
}

TEST(DomainXml, ExpandsNoEntities)
{
    EXPECT_THAT(
        what_is_wrong("<!DOCTYPE domain [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><domain><name>&b;</name></domain>"),
        HasSubstr("document type"));
    EXPECT_EQ(parsed(with(linux_guest, "<name>debian</name>", "<name>&b;</name>")).name, "&b;");
}

TEST(DomainXml, BoundsSizeDepthAndNumber)
{
    EXPECT_THAT(what_is_wrong(std::string(5 * 1024 * 1024, ' ')), HasSubstr("4194304 are allowed"));
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    for (int i = 0; i < 100'000; ++i)
        deep += "</a>";
    EXPECT_THAT(what_is_wrong(deep), HasSubstr("64 elements deep"));
    std::string many = "<devices>";
    for (int i = 0; i < 300; ++i)
        many += "<hostdev mode='subsystem' type='pci'/>";
    EXPECT_THAT(what_is_wrong(with(linux_guest, "<devices>", many)), HasSubstr("more than 256 devices"));
}

TEST(DomainXml, NeverHoldsAPassword)
{
    const DomainXml domain = parsed(windows_guest);
    for (const auto* words : {&domain.graphics, &domain.videos, &domain.qemu.vfio})
        for (const std::string& word : *words)
            EXPECT_THAT(word, testing::Not(HasSubstr("s3cret")));
    const auto broken = parse_domain(with(windows_guest, "passwdValidTo", "<"));
    ASSERT_FALSE(broken);
    EXPECT_THAT(testing::PrintToString(broken.error()), testing::Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace gpupass::linux_host
