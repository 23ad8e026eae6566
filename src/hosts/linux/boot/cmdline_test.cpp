#include "hosts/linux/boot/cmdline.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

std::vector<Word> parsed(std::string_view text)
{
    const auto words = parse_cmdline(text);
    EXPECT_TRUE(words) << words.error();
    return words.value_or(std::vector<Word>{});
}

IommuWords iommu(std::string_view text) { return read_iommu_words(parsed(text)); }

TEST(Cmdline, IsCutAtBlanksOutsideOfQuotes)
{
    const auto words =
        parsed("BOOT_IMAGE=/vmlinuz-6.1.0-18-amd64 root=/dev/sda1 ro  dyndbg=\"file a.c +p\" \"x y=1 2\" quiet\n");

    ASSERT_EQ(words.size(), 6U);
    EXPECT_EQ(words[2].value, std::nullopt);
    EXPECT_EQ(words[3].name, "dyndbg");
    EXPECT_EQ(words[3].value, "file a.c +p");
    EXPECT_EQ(words[3].text, "dyndbg=\"file a.c +p\"");
    EXPECT_EQ(words[4].name, "x y");
    EXPECT_EQ(words[4].value, "1 2");
    EXPECT_EQ(words[5].text, "quiet");
}

TEST(Cmdline, ValuesComeInOrderAndDashesAreUnderscores)
{
    const auto words = parsed("vfio-pci.ids=8086:9a49 console=tty0 vfio_pci.ids=10de:1fb8 console=ttyS0,115200 quiet");

    EXPECT_THAT(values_of(words, "vfio-pci.ids"), ElementsAre("8086:9a49", "10de:1fb8"));
    EXPECT_THAT(values_of(words, "console"), ElementsAre("tty0", "ttyS0,115200"));
    EXPECT_THAT(values_of(words, "quiet"), ElementsAre(""));
    EXPECT_TRUE(values_of(words, "splash").empty());
}

TEST(Cmdline, WhatFollowsTwoDashesIsForInit)
{
    const auto words = parsed("quiet -- intel_iommu=on");

    EXPECT_TRUE(values_of(words, "intel_iommu").empty());
    EXPECT_FALSE(has_word(words, "intel_iommu=on"));
    EXPECT_EQ(add_words("quiet -- single", Words{"intel_iommu=on"}), "quiet intel_iommu=on -- single");
    EXPECT_EQ(add_words("-- single", Words{"intel_iommu=on"}), "intel_iommu=on -- single");
    EXPECT_EQ(remove_words("quiet intel_iommu=on -- intel_iommu=on", Words{"intel_iommu=on"}),
              "quiet -- intel_iommu=on");
}

TEST(Cmdline, AQuoteThatIsNeverClosedIsRefused)
{
    const auto words = parse_cmdline("quiet dyndbg=\"file a.c +p");

    ASSERT_FALSE(words);
    EXPECT_EQ(words.error().kind, ErrorKind::parse);
    EXPECT_THAT(words.error().what, HasSubstr("dyndbg"));
    EXPECT_FALSE(add_words("a=\"", Words{"b"}));
    EXPECT_FALSE(parse_cmdline(std::string(70000, 'a')));
}

TEST(Cmdline, AWordIsAddedOnceAndTheRestStays)
{
    EXPECT_EQ(add_words("root=/dev/sda1  ro quiet ", Words{"intel_iommu=on", "iommu=pt"}),
              "root=/dev/sda1  ro quiet intel_iommu=on iommu=pt ");
    EXPECT_EQ(add_words("intel_iommu=on quiet", Words{"intel_iommu=on"}), "intel_iommu=on quiet");
    EXPECT_EQ(add_words("", Words{"intel_iommu=on"}), "intel_iommu=on");
    EXPECT_EQ(add_words("intel_iommu=on,igfx_off", Words{"intel_iommu=on"}), "intel_iommu=on,igfx_off intel_iommu=on");
}

TEST(Cmdline, WhatWasAddedComesAwayWithoutATrace)
{
    const Words words = {"intel_iommu=on", "iommu=pt"};
    for (const std::string text :
         {"", " ", "  \t", "quiet", " quiet", "quiet ", "a  b\t", "-- x", "  -- x", "a --", "a=\"b c\"  -- \"d\""}) {
        const auto added = add_words(text, words);
        ASSERT_TRUE(added) << added.error();
        EXPECT_EQ(remove_words(*added, words), text) << '"' << *added << '"';
    }
}

TEST(Cmdline, OnlyTheExactWordIsRemoved)
{
    EXPECT_EQ(remove_words("intel_iommu=on,sm_on xintel_iommu=on intel_iommu=on", Words{"intel_iommu=on"}),
              "intel_iommu=on,sm_on xintel_iommu=on");
    EXPECT_EQ(remove_words("a a b a", Words{"a"}), "b");
    EXPECT_EQ(remove_words("a", Words{"a"}), "");
    EXPECT_EQ(remove_words("quiet", Words{"splash"}), "quiet");
}

TEST(Cmdline, AWordThatAShellWouldActOnIsRefused)
{
    for (const std::string word : {"", "a b", "a\"b", "$(reboot)", "`x`", "a;b", "a\n", "--", "=x", "a'b", "a\\b", "ü"})
        EXPECT_FALSE(add_words("quiet", Words{word})) << word;
    EXPECT_TRUE(check_word("pcie_acs_override=downstream,multifunction"));
    EXPECT_TRUE(check_word("i915.force_probe=!9a49"));
}

TEST(IommuWords, ReadsIntel)
{
    EXPECT_EQ(iommu("quiet").intel, Switch::absent);
    EXPECT_EQ(iommu("quiet intel_iommu=on").intel, Switch::on);
    EXPECT_EQ(iommu("intel_iommu=on intel_iommu=off").intel, Switch::off);
    EXPECT_EQ(iommu("intel_iommu=sm_on").intel, Switch::absent);

    const auto left_out = iommu("intel_iommu=on,igfx_off");
    EXPECT_EQ(left_out.intel, Switch::on);
    EXPECT_TRUE(left_out.igfx_off);
}

TEST(IommuWords, ReadsTheOthers)
{
    EXPECT_EQ(iommu("amd_iommu=off").amd, Switch::off);
    EXPECT_EQ(iommu("amd_iommu=on").amd, Switch::on);
    EXPECT_TRUE(iommu("iommu=off").all_off);
    EXPECT_TRUE(iommu("iommu=pt").pt);
    EXPECT_TRUE(iommu("iommu.passthrough=1").pt);
    EXPECT_FALSE(iommu("iommu=pt iommu=nopt").pt);
    EXPECT_FALSE(iommu("iommu=pt iommu.passthrough=0").pt);
    EXPECT_TRUE(iommu("intremap=off").intremap_off);
    EXPECT_TRUE(iommu("nointremap").intremap_off);
    EXPECT_EQ(iommu("root=/dev/sda1 -- iommu=pt amd_iommu=off"), IommuWords{});
}

}  // namespace
}  // namespace gpupass::linux_host::boot
