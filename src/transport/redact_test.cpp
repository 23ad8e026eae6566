#include "transport/recording.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using Cmd = Run;  // Run is a member of testing::Test

std::string redacted(const std::string& text, const Query& query = ReadFile{"/a"})
{
    return redact({.host = {}, .kind = {}, .answers = {{query, {.out = text}}}}).answers.at(query).out;
}

TEST(Redact, HidesMacsInAnswersOfWebServices)
{
    EXPECT_EQ(redacted("<mac>00:50:56:ab:cd:ef</mac><pci>0000:00:02.0</pci>", Http{.name = "hosts"}), "<mac>00:50:56:00:00:00</mac><pci>0000:00:02.0</pci>");
}

TEST(Redact, HidesLicenceSerials)
{
    EXPECT_EQ(redacted("serial: AB123-CD456-EF789-GH012-JK345,\n"), "serial: 00000-00000-00000-00000-00000,\n");
    EXPECT_EQ(redacted("1-AB123-CD456-EF789-GH012-JK345"), "1-AB123-CD456-EF789-GH012-JK345") << "longer than a serial";
    EXPECT_EQ(redacted("12345-12345-12345"), "12345-12345-12345");
}

TEST(Redact, HidesSecretsOfAVmx)
{
    const std::string vmx =
        "encryption.keySafe = \"vmware:key/list/abc\"\nencryption.data = \"zzz\"\nvtpm.ekCSR = \"MII\"\n"
        "guestinfo.password = \"tiger\"\nRemoteDisplay.vnc.password = \"tiger\"\nRemoteDisplay.vnc.key = \"tiger\"\n"
        "annotation = \"line|0Atwo\"\nuuid.bios = \"56 4d aa\"\nscsi0:0.fileName = \"d.vmdk\"\n";
    EXPECT_EQ(redacted(vmx),
              "encryption.keySafe = \"removed\"\nencryption.data = \"removed\"\nvtpm.ekCSR = \"removed\"\n"
              "guestinfo.password = \"removed\"\nRemoteDisplay.vnc.password = \"removed\"\nRemoteDisplay.vnc.key = "
              "\"removed\"\n"
              "annotation = \"removed\"\nuuid.bios = \"56 4d aa\"\nscsi0:0.fileName = \"d.vmdk\"\n");
    EXPECT_EQ(redacted("GUESTINFO.x=\"a\\\"b\"\n"), "GUESTINFO.x=\"removed\"\n");
    EXPECT_EQ(redacted("guestinfo.x = \"not closed"), "guestinfo.x = \"removed");
}

TEST(Redact, HidesHalfOfAMacAddress)
{
    EXPECT_EQ(
        redacted("ethernet0.generatedAddress = \"00:0c:29:ab:cd:ef\"\nethernet12.address = \"00:50:56:AB:CD:EF\"\n"),
        "ethernet0.generatedAddress = \"00:0c:29:00:00:00\"\nethernet12.address = \"00:50:56:00:00:00\"\n");
    EXPECT_EQ(redacted("ethernet0.addressType = \"generated\"\nethernet0.address = \"\""),
              "ethernet0.addressType = \"generated\"\nethernet0.address = \"\"");
}

TEST(Redact, HidesWhatVimCmdPrints)
{
    EXPECT_EQ(redacted("   key = \"guestinfo.x\", \n   value = \"tiger\"\n   key = \"other\", \n   value = \"cat\"\n"),
              "   key = \"guestinfo.x\", \n   value = \"removed\"\n   key = \"other\", \n   value = \"cat\"\n");
    EXPECT_EQ(redacted("   annotation = \"one\ntwo\", \n   x = 1"), "   annotation = \"removed\", \n   x = 1");
}

TEST(Redact, HidesAnnotationsOfTheVmTable)
{
    const std::string table = "Vmid   Name   File   Guest OS   Version   Annotation\n1      a vmx-1   [ds] a/a.vmx   "
                              "other   vmx-19   pass: tiger\nsecond line\n"
                              "Skipping invalid VM '7'\n12     b   [ds] b/b.vmx   other   vmx-18\n";
    EXPECT_EQ(redacted(table, Cmd{{"vim-cmd", "vmsvc/getallvms"}}),
              "Vmid   Name   File   Guest OS   Version   Annotation\n1      a vmx-1   [ds] a/a.vmx   other   vmx-19\n"
              "Skipping invalid VM '7'\n12     b   [ds] b/b.vmx   other   vmx-18\n");
}

TEST(Redact, HidesSecretsOfADomain)
{
    const Libvirt domains{Libvirt::Call::domains};
    const std::string xml =
        "Name: a\x1f<!-- don't --><domain type='kvm'><title>pass: tiger</title><description/>\n<metadata><x "
        "y='1'>tiger</x></metadata>\n"
        "<graphics type='vnc' port='-1' passwd='ti>ger'/><mac address='52:54:00:ab:cd:ef'/><mac address='x'/>\n"
        "<auth username='u'><secret type='ceph' uuid='abc'/></auth><secret type='x'>tiger</secret><graphics "
        "passwd=''/>\n"
        "<qemu:arg value='-object secret,id=a,data=tiger'/><qemu:arg value='-set'/><qemu:env name='A' value='tiger'/>\n"
        "<hostdev mode='subsystem'><source><address domain='0x0000' bus='0x65'/></source></hostdev></domain>\x1f\x1e";
    const std::string hidden =
        "Name: a\x1f<!-- don't --><domain "
        "type='kvm'><title>removed</title><description/>\n<metadata>removed</metadata>\n"
        "<graphics type='vnc' port='-1' passwd='removed'/><mac address='52:54:00:00:00:00'/><mac address='x'/>\n"
        "<auth username='u'><secret type='ceph' uuid='removed'/></auth><secret type='x'>removed</secret><graphics "
        "passwd=''/>\n"
        "<qemu:arg value='removed'/><qemu:arg value='-set'/><qemu:env name='A' value='removed'/>\n"
        "<hostdev mode='subsystem'><source><address domain='0x0000' bus='0x65'/></source></hostdev></domain>\x1f\x1e";
    EXPECT_EQ(redacted(xml, domains), hidden);
    EXPECT_EQ(redacted(hidden, domains), hidden);
    EXPECT_EQ(redacted(xml, Cmd{{"virsh", "dumpxml", "a"}}), hidden);
    EXPECT_EQ(redacted(xml, ReadFile{"/etc/libvirt/qemu/a.xml"}), hidden);
}

TEST(Redact, LeavesBrokenXmlInOnePiece)
{
    const Libvirt domains{Libvirt::Call::domains};
    for (const char* text : {"<", "<>", "</", "<a", "<a b", "<a b=", "<a b='", "<!--", "<!-->", "<!-- x", "a < b",
                             "<a 'b'>", "<secret>", "<secret/>", "<mac address='", "x=='y'"})
        EXPECT_EQ(redacted(text, domains), text);
    EXPECT_EQ(redacted("<secret>tiger", domains), "<secret>removed");
    EXPECT_EQ(redacted("<g passwd='tiger", domains), "<g passwd='removed");
}

TEST(Redact, LeavesOtherTextAlone)
{
    for (const char* text : {"", "\"", "= \"", "a = \"b\"", "x = \"\\", "say \"guestinfo.x\" = 1", "0000:00:02.0"})
        EXPECT_EQ(redacted(text), text);
}

}  // namespace
}  // namespace gpupass
