#include "hosts/linux/boot/kernel_cmdline.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

const Words ours = {"intel_iommu=on", "iommu=pt"};

TEST(KernelCmdline, ReadsTheOneLine)
{
    EXPECT_EQ(parse_kernel_cmdline("root=ZFS=rpool/ROOT/pve-1 boot=zfs\n"), "root=ZFS=rpool/ROOT/pve-1 boot=zfs");
    EXPECT_EQ(parse_kernel_cmdline("# ours\n\nroot=/dev/sda2 rw\r\n\n"), "root=/dev/sda2 rw");
    EXPECT_EQ(parse_kernel_cmdline(""), "");
}

TEST(KernelCmdline, WordsGoToTheEndOfTheLine)
{
    EXPECT_EQ(add_kernel_cmdline_words("root=ZFS=rpool/ROOT/pve-1 boot=zfs\n", ours),
              "root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on iommu=pt\n");
    EXPECT_EQ(add_kernel_cmdline_words("root=/dev/sda2 rw", ours), "root=/dev/sda2 rw intel_iommu=on iommu=pt");
    EXPECT_EQ(add_kernel_cmdline_words("# a\r\nroot=/dev/sda2 \r\n", ours),
              "# a\r\nroot=/dev/sda2 intel_iommu=on iommu=pt \r\n");
    EXPECT_EQ(add_kernel_cmdline_words("", ours), "intel_iommu=on iommu=pt\n");
    EXPECT_EQ(add_kernel_cmdline_words("a iommu=pt intel_iommu=on\n", ours), "a iommu=pt intel_iommu=on\n");
}

TEST(KernelCmdline, WhatWasAddedComesAwayWithoutATrace)
{
    for (const std::string text : {"a\n", "a", "  a b  \r\n", "# c\na\n\n", "a -- b\n"}) {
        const auto edited = add_kernel_cmdline_words(text, ours);
        ASSERT_TRUE(edited) << edited.error();
        EXPECT_EQ(remove_kernel_cmdline_words(*edited, ours), text);
    }
}

TEST(KernelCmdline, RefusesWordsOnTwoLines)
{
    const auto edited = add_kernel_cmdline_words("root=/dev/sda2\nquiet\n", ours);

    ASSERT_FALSE(edited);
    EXPECT_EQ(edited.error().where, Words{"line 2"});
    EXPECT_THAT(edited.error().what, HasSubstr("line 1"));
    EXPECT_FALSE(edited.error().next.empty());
    EXPECT_FALSE(add_kernel_cmdline_words("a=\"b\n", ours));
}

}  // namespace
}  // namespace gpupass::linux_host::boot
