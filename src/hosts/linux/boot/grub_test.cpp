#include "hosts/linux/boot/grub.hpp"

#include "hosts/linux/boot/shell.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

constexpr const char* debian = R"(# How GRUB starts. Run update-grub after a change.
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=`( . /etc/os-release && echo ${NAME} )`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"   # the installer's word
GRUB_CMDLINE_LINUX=""

#GRUB_TERMINAL=console
)";

GrubDefaults read(std::vector<File> files)
{
    const auto defaults = read_grub_defaults(files);
    EXPECT_TRUE(defaults) << defaults.error();
    return defaults.value_or(GrubDefaults{});
}

std::optional<std::string> value(std::string text)
{
    return read({{"grub", std::move(text)}}).value(grub_cmdline_default);
}

TEST(Grub, ReadsDebiansFile)
{
    const auto defaults = read({{"/etc/default/grub", debian}});

    EXPECT_EQ(defaults.cmdline(), "quiet");
    EXPECT_EQ(defaults.value(grub_cmdline), "");
    EXPECT_EQ(defaults.value("GRUB_TIMEOUT"), "5");
    EXPECT_EQ(defaults.value("GRUB_NEVER_SET"), "");
    EXPECT_EQ(defaults.value("GRUB_DISTRIBUTOR"), std::nullopt);
    ASSERT_EQ(defaults.unclear.size(), 1U);
    EXPECT_EQ(to_string(defaults.unclear[0].place), "/etc/default/grub line 4");
    EXPECT_THAT(defaults.values.at(grub_cmdline_default).places, ElementsAre(Place{"/etc/default/grub", 5}));
}

TEST(Grub, DropInsAddAndReplace)
{
    const auto defaults = read({
        {"/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\nGRUB_CMDLINE_LINUX=net.ifnames=0\n"},
        {"/etc/default/grub.d/50-cloud.cfg", "# image\nGRUB_CMDLINE_LINUX_DEFAULT='console=tty1 console=ttyS0'\n"},
        {"/etc/default/grub.d/kdump.cfg",
         "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M-:192M\"\n"},
        {"/etc/default/grub.d/more.cfg",
         "GRUB_CMDLINE_LINUX_DEFAULT+=\" nosmt\"\nGRUB_CMDLINE_LINUX=\"${GRUB_CMDLINE_LINUX} x\""},
    });

    EXPECT_EQ(defaults.value(grub_cmdline_default), "console=tty1 console=ttyS0 crashkernel=512M-:192M nosmt");
    EXPECT_EQ(defaults.cmdline(), "net.ifnames=0 x console=tty1 console=ttyS0 crashkernel=512M-:192M nosmt");
    EXPECT_EQ(defaults.values.at(grub_cmdline_default).places.size(), 4U);
    EXPECT_THAT(defaults.unclear, IsEmpty());
}

TEST(Grub, ReadsTheShellsQuotes)
{
    const std::string set = "GRUB_CMDLINE_LINUX_DEFAULT=";
    EXPECT_EQ(value(set + "quiet"), "quiet");
    EXPECT_EQ(value(set), "");
    EXPECT_EQ(value(set + "\"a \\\"b c\\\" \\$x \\n\""), "a \"b c\" $x \\n");
    EXPECT_EQ(value(set + "'a $b `c` \\'"), "a $b `c` \\");
    EXPECT_EQ(value(set + "a\\ b'c d'\"e f\"#g"), "a bc de f#g");
    EXPECT_EQ(value(set + "\"a \\\n  b\""), "a   b");
    EXPECT_EQ(value("export " + set + "\"a\"; GRUB_X=1"), "a");
    EXPECT_EQ(value("  " + set + "\"a\"\nexport GRUB_CMDLINE_LINUX_DEFAULT\n"), "a");
    EXPECT_EQ(value("GRUB_A=x\n" + set + "\"$GRUB_A-${GRUB_A}$\""), "x-x$");
    EXPECT_EQ(value(set + "\"a $GRUB_UNSET b\""), "a  b");
}

TEST(Grub, WhatIsNotUnderstoodHasNoValue)
{
    const std::string set = "GRUB_CMDLINE_LINUX_DEFAULT=";
    for (const std::string text :
         {"\"quiet $(cat /etc/words)\"", "`cat /x`", "\"${GRUB_X:-quiet}\"", "\"$HOME\"", "\"$1\"", "~", "\"a\"\r",
          "(a b)", "a b", "\"never closed", "'never closed", "a && reboot", "$'a'", "$(a \"b)\" c)"})
        EXPECT_EQ(value(set + text + "\n"), std::nullopt) << text;
    EXPECT_EQ(value(set + "$(x)\n" + set + "\"quiet\"\n"), "quiet");
}

TEST(Grub, AStatementThatIsNoAssignmentMakesAllUnknown)
{
    for (const std::string line :
         {"if [ -f /x ]; then", ". /etc/other", "test -f /x && GRUB_CMDLINE_LINUX=y", "\r", "export A B", "reboot"}) {
        const auto defaults = read({{"f", "GRUB_CMDLINE_LINUX=\"a\"\n" + line + "\nGRUB_CMDLINE_LINUX=\"b\"\n"}});
        EXPECT_EQ(defaults.value(grub_cmdline), std::nullopt) << line;
        EXPECT_FALSE(defaults.is_understood);
        ASSERT_FALSE(defaults.unclear.empty());
        EXPECT_EQ(defaults.unclear[0].place, (Place{"f", 2}));
    }
}

TEST(Grub, NamesTheLineOfWhatFollowsAValueOnSeveralLines)
{
    const auto statements = read_shell("A='1\n2'\n\nB=\"x \\\ny\"\nC=3");

    ASSERT_EQ(statements.size(), 3U);
    EXPECT_EQ(statements[1].line, 4U);
    EXPECT_EQ(statements[2].line, 6U);
}

TEST(Grub, ValuesThatGrowWithoutEndAreNotMade)
{
    std::string text = "GRUB_CMDLINE_LINUX_DEFAULT=\"0123456789\"\n";
    for (int i = 0; i < 100; ++i)
        text += "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT$GRUB_CMDLINE_LINUX_DEFAULT\"\n";
    EXPECT_EQ(value(text), std::nullopt);
    EXPECT_FALSE(read_grub_defaults(std::vector{File{"f", std::string(largest_file + 1, '\n')}}));
}

TEST(Grub, OurDropInAddsToWhatIsThere)
{
    const auto ours = grub_drop_in(Words{"intel_iommu=on", "iommu=pt"});

    ASSERT_TRUE(ours) << ours.error();
    EXPECT_THAT(*ours,
                HasSubstr("\nGRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on iommu=pt\"\n"));
    EXPECT_EQ(read({{"/etc/default/grub", debian}, {grub_drop_in_path, *ours}}).cmdline(),
              "quiet intel_iommu=on iommu=pt");
    EXPECT_FALSE(grub_drop_in(Words{"$(reboot)"}));
}

}  // namespace
}  // namespace gpupass::linux_host::boot
