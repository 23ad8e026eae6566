#include "hosts/esxi/ssh/esxcli.hpp"
#include "hosts/esxi/text.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string with_crlf(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += c == '\n' ? std::string{"  \r\n"} : std::string{c};
    return out;
}

constexpr const char* version_8 = "   Product: VMware ESXi\n   Version: 8.0.3\n   Build: Releasebuild-24585383\n   Update: 3\n   Patch: 60\n";

TEST(Version, IsReadByKeyNotByLine)
{
    for (const std::string& text : {std::string{version_8}, with_crlf(version_8),
                                   std::string{"WARNING: clock is off\n\nBuild: Releasebuild-24585383\n\tMaintenance: 0\nVersion: 8.0.3\nProduct: VMware ESXi"}}) {
        const auto version = parse_version(text);
        ASSERT_TRUE(version) << version.error();
        EXPECT_EQ(version->product, "VMware ESXi");
        EXPECT_EQ(version->version, "8.0.3");
        EXPECT_EQ(version->build, "24585383");
    }
}

TEST(Version, NamesTheFieldThatIsMissingOrWrong)
{
    const auto missing = parse_version("   Product: VMware ESXi\n");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().where, testing::Contains("field Version"));
    const auto wrong = parse_version("   Product: VMware ESXi\n   Version: `reboot`\n");
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().where, ElementsAre("field Version", "line 2"));
}

TEST(Platform, ReadsProductAndUuid)
{
    const auto platform = parse_platform("Platform Information\n   UUID: 0x56 0x4d 0x5 0x0\n   Product Name: NUC11PAKi5\n   Vendor Name: Intel(R) Client Systems\n   Serial Number: \n");
    ASSERT_TRUE(platform);
    EXPECT_EQ(platform->product, "NUC11PAKi5");
    EXPECT_EQ(platform->uuid, "564d0500");
    EXPECT_FALSE(parse_platform("Connect to localhost failed\n"));
}

TEST(Uptime, IsTheOnlyNumber)
{
    EXPECT_EQ(parse_uptime_us("warning: noise\n 123456789 \r\n"), 123456789);
    EXPECT_FALSE(parse_uptime_us(""));
    EXPECT_FALSE(parse_uptime_us("1\n2\n"));
    EXPECT_FALSE(parse_uptime_us("-5\n"));
    EXPECT_FALSE(parse_uptime_us("99999999999999999999999\n"));
}

TEST(SystemUuid, IsFoundAmongNoise)
{
    EXPECT_EQ(parse_system_uuid("motd\n65106D9A-406e-5fda-b7ab-b8ca3a63b8b4\r\n"), "65106d9a-406e-5fda-b7ab-b8ca3a63b8b4");
    EXPECT_FALSE(parse_system_uuid("65106d9a-406e-5fda-b7ab\n"));
}

TEST(Maintenance, IsEnabledOrDisabled)
{
    EXPECT_EQ(parse_maintenance("Disabled\r\n"), false);
    EXPECT_EQ(parse_maintenance("note\nEnabled\n"), true);
    EXPECT_FALSE(parse_maintenance("maybe\n"));
}

TEST(KernelOption, IsReadInBothColumnOrders)
{
    const char* newer = "Name  Type  Configured  Runtime  Default  Description\n"
                        "----  ----  ----------  -------  -------  -----------\n"
                        "vga   Bool  FALSE       TRUE     TRUE     Enable/Disable VGA support.\n";
    const char* older = "Name  Type  Description                  Configured  Runtime  Default\n"
                        "----  ----  ---------------------------  ----------  -------  -------\n"
                        "vga   Bool  Enable/Disable VGA support.  false       TRUE     TRUE   \n";
    for (const std::string& text : {std::string{newer}, std::string{older}, with_crlf(newer), "a warning\n\n" + std::string{older}}) {
        const auto option = parse_kernel_option(text, "vga");
        ASSERT_TRUE(option) << option.error() << text;
        EXPECT_EQ(option->configured, "FALSE");
        EXPECT_EQ(option->runtime, "TRUE");
    }
}

TEST(KernelOption, RefusesWhatItCannotRead)
{
    const auto no_column = parse_kernel_option("Name  Runtime\n----  -------\nvga   TRUE\n", "vga");
    ASSERT_FALSE(no_column);
    EXPECT_THAT(no_column.error().where, testing::Contains("field Configured"));
    EXPECT_FALSE(parse_kernel_option("Name  Configured  Runtime\n----  ----------  -------\nvgax  TRUE        TRUE\n", "vga"));
    const auto empty = parse_kernel_option("Name  Configured  Runtime\n----  ----------  -------\nvga   TRUE\n", "vga");
    ASSERT_FALSE(empty);
    EXPECT_THAT(empty.error().where, ElementsAre("field Runtime", "line 3"));
    EXPECT_FALSE(parse_kernel_option("", "vga"));
}

TEST(Pcipassthru, ReadsTheTable)
{
    const auto list = parse_pcipassthru("Device ID     Enabled\n------------  -------\n0000:00:02.0    true\n0000:18:00.0    false\nsome noise\n");
    ASSERT_TRUE(list);
    EXPECT_EQ(list->size(), 2u);
    EXPECT_TRUE(list->at({0, 0, 2, 0}));
    EXPECT_FALSE(list->at({0, 0x18, 0, 0}));
}

TEST(Pcipassthru, NamesLineAndField)
{
    const auto list = parse_pcipassthru("Device ID     Enabled\n------------  -------\n0000:00:02.0    perhaps\n");
    ASSERT_FALSE(list);
    EXPECT_THAT(list.error().where, ElementsAre("field Enabled", "line 3"));
}

TEST(IntOption, IsNotTheDefault)
{
    const char* text = "   Default Int Value: 900\n   Path: /UserVars/ESXiShellTimeOut\n   Type: integer\n   Int Value: 0\n   Description: Time: in s\n";
    EXPECT_EQ(parse_int_option(text, "/UserVars/ESXiShellTimeOut"), 0);
    EXPECT_FALSE(parse_int_option(text, "/UserVars/Other"));
    EXPECT_FALSE(parse_int_option("   Path: /X\n   Default Int Value: 900\n", "/X"));
}

constexpr const char* processes = "Gitlab\n   World ID: 2099532\n   Process ID: 0\n   VMX Cartel ID: 2099517\n"
                                  "   UUID: 56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 59\n   Display Name: Gitlab\n"
                                  "   Config File: /vmfs/volumes/6107a9c3/Gitlab/Gitlab.vmx\n\n"
                                  "b: c\n   Config File: /vmfs/volumes/6107a9c3/b c/b: c.vmx\n   World ID: 12\n   Display Name: b: c\n";

TEST(VmProcesses, AreReadInAnyOrderOfFields)
{
    const auto list = parse_vm_processes(with_crlf(processes));
    ASSERT_TRUE(list) << list.error();
    ASSERT_EQ(list->size(), 2u);
    EXPECT_EQ((*list)[0].config_file, "/vmfs/volumes/6107a9c3/Gitlab/Gitlab.vmx");
    EXPECT_EQ((*list)[0].uuid, "564d4808868b8f67a54a33f387a8d059");
    EXPECT_EQ((*list)[1].config_file, "/vmfs/volumes/6107a9c3/b c/b: c.vmx");
    EXPECT_EQ((*list)[1].name, "b: c");
    EXPECT_TRUE(parse_vm_processes("\r\n")->empty());
}

TEST(VmProcesses, ANameCannotHideAVm)
{
    // A newline in the name tears the record; imitated fields come on top of the true ones.
    const auto torn = parse_vm_processes("a\nb\n   World ID: 1\n   Display Name: a\nb\n   Config File: /vmfs/volumes/x/a/a.vmx\n\n"
                                         "c\n   World ID: 2\n   Display Name: c\n   Config File: /vmfs/volumes/x/no/no.vmx\n   Config File: /vmfs/volumes/x/c/c.vmx\n");
    ASSERT_TRUE(torn) << torn.error();
    std::vector<std::string> files;
    for (const auto& process : *torn)
        files.push_back(process.config_file);
    EXPECT_THAT(files, ElementsAre("/vmfs/volumes/x/a/a.vmx", "/vmfs/volumes/x/no/no.vmx", "/vmfs/volumes/x/c/c.vmx"));
}

TEST(VmProcesses, WithoutAFileAreRefused)
{
    const auto broken = parse_vm_processes("a\n   World ID: 1\n\nb\n   World ID: 2\n   Config File: /vmfs/volumes/x/b/b.vmx\n");
    ASSERT_FALSE(broken);
    EXPECT_THAT(broken.error().where, ElementsAre("field Config File", "line 2"));
    EXPECT_FALSE(parse_vm_processes("a\n   World ID: 1\n   Config File: relative.vmx\n"));
    EXPECT_FALSE(parse_vm_processes("garbage ~~~\n"));
}

TEST(Uplinks, NameTheirSwitch)
{
    const auto uplinks = parse_uplinks("vSwitch0\n   Name: vSwitch0\n   MTU: 1500\n   Uplinks: vmnic0, vmnic2\n   Portgroups: VM Network\nvSwitch1\n   Name: vSwitch1\n   Uplinks: \n");
    EXPECT_EQ(uplinks.size(), 2u);
    EXPECT_EQ(uplinks.at("vmnic2"), "vSwitch0");
}

TEST(Chkconfig, TellsTheState)
{
    EXPECT_EQ(parse_chkconfig("SSHX off\nSSH                 on\r\n", "SSH"), true);
    EXPECT_EQ(parse_chkconfig("SSH\toff", "SSH"), false);
    EXPECT_FALSE(parse_chkconfig("ntpd on\n", "SSH"));
    EXPECT_FALSE(parse_chkconfig("SSH perhaps\n", "SSH"));
}

TEST(Bootbank, LeadsToAVolumeOrToMemory)
{
    EXPECT_EQ(parse_bootbank("/vmfs/volumes/ab-cd\n"), true);
    EXPECT_EQ(parse_bootbank("lrwxrwxrwx 1 root root 49 May  3 10:00 /bootbank -> /vmfs/volumes/ab-cd\r\n"), true);
    EXPECT_EQ(parse_bootbank("lrwxrwxrwx 1 root root 4 May  3 10:00 /bootbank -> /tmp/_osdata\n"), false);
    EXPECT_FALSE(parse_bootbank("/scratch\n"));
    EXPECT_FALSE(parse_bootbank(""));
}

TEST(Text, RepairsBytesThatAreNotUtf8)
{
    EXPECT_EQ(as_utf8("a\xf0\x9d\x84\x9e" "b"), "a\xf0\x9d\x84\x9e" "b");
    EXPECT_EQ(as_utf8("a\xff\xc3"), "a\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
    EXPECT_FALSE(is_utf8("\xc0\xaf"));
    EXPECT_EQ(excerpt("a\nb\x1b[2J\n"), "a?b?[2J");
    EXPECT_EQ(excerpt("abcdef", 3), "abc...");
}

}  // namespace
}  // namespace gpupass::esxi
