#include "hosts/linux/boot/grub.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

const Words ours = {"intel_iommu=on"};

Result<std::string> added(std::string_view text) { return add_grub_words(text, grub_cmdline_default, ours); }
Result<std::string> removed(std::string_view text) { return remove_grub_words(text, grub_cmdline_default, ours); }

TEST(GrubEdit, AddsAtTheEndOfTheLastAssignment)
{
    EXPECT_EQ(added("# x\nGRUB_CMDLINE_LINUX_DEFAULT=\"loglevel=3 quiet\"  # words\nGRUB_TIMEOUT=5\n"),
              "# x\nGRUB_CMDLINE_LINUX_DEFAULT=\"loglevel=3 quiet intel_iommu=on\"  # words\nGRUB_TIMEOUT=5\n");
    EXPECT_EQ(added("GRUB_CMDLINE_LINUX_DEFAULT='quiet'\nGRUB_CMDLINE_LINUX_DEFAULT+=\"\"\n"),
              "GRUB_CMDLINE_LINUX_DEFAULT='quiet'\nGRUB_CMDLINE_LINUX_DEFAULT+=\" intel_iommu=on\"\n");
    EXPECT_EQ(added("GRUB_CMDLINE_LINUX_DEFAULT=quiet\n"), "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n");
    EXPECT_EQ(added("GRUB_CMDLINE_LINUX_DEFAULT=\n"), "GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n");
    EXPECT_EQ(added("GRUB_CMDLINE_LINUX_DEFAULT=\"a\"; GRUB_TIMEOUT=5"),
              "GRUB_CMDLINE_LINUX_DEFAULT=\"a intel_iommu=on\"; GRUB_TIMEOUT=5");
}

TEST(GrubEdit, AddsALineWhereThereIsNone)
{
    EXPECT_EQ(added("GRUB_TIMEOUT=5\n"), "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n");
    EXPECT_EQ(added("GRUB_TIMEOUT=5"), "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"");
    EXPECT_EQ(added(""), "GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on\"\n");
}

TEST(GrubEdit, LeavesAFileThatHasTheWord)
{
    const std::string text =
        "GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on quiet\"\nGRUB_CMDLINE_LINUX_DEFAULT+=\" x\"\n";
    EXPECT_EQ(added(text), text);
    EXPECT_EQ(removed("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"), "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
}

TEST(GrubEdit, WhatWasAddedComesAwayWithoutATrace)
{
    for (const std::string text : {"GRUB_CMDLINE_LINUX_DEFAULT=\"\"\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet \"",
                                   "GRUB_CMDLINE_LINUX_DEFAULT='a  b'\n",
                                   "# c\r\nGRUB_CMDLINE_LINUX_DEFAULT=\" a=\\\"b c\\\" $GRUB_X\" # d\n"}) {
        const auto edited = added(text);
        ASSERT_TRUE(edited) << edited.error();
        EXPECT_EQ(removed(*edited), text);
    }
}

TEST(GrubEdit, RemovesFromEveryAssignment)
{
    EXPECT_EQ(removed("GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on "
                      "quiet\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on x\"\n"),
              "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT x\"\n");
}

TEST(GrubEdit, RefusesWhatItDoesNotUnderstand)
{
    const auto mixed = added("GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"a\"'b'\n");
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().kind, ErrorKind::blocked);
    EXPECT_EQ(mixed.error().where, std::vector<std::string>{"line 2"});
    EXPECT_THAT(mixed.error().what, HasSubstr("GRUB_CMDLINE_LINUX_DEFAULT"));

    for (const std::string text :
         {"GRUB_CMDLINE_LINUX_DEFAULT=\"$(cat /x)\"\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"a\\\n b\"\n", "if true; then\n",
          "GRUB_CMDLINE_LINUX_DEFAULT=a\\ b\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"a\"\r\n",
          "GRUB_CMDLINE_LINUX_DEFAULT=\"a=\\\"b\"\n"})
        EXPECT_FALSE(added(text)) << text;
}

TEST(GrubEdit, AnAssignmentThatALaterOneReplacesDoesNoHarm)
{
    const std::string text = "GRUB_CMDLINE_LINUX_DEFAULT=\"a=\\\"b\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n";
    const auto edited = added(text);
    ASSERT_TRUE(edited) << edited.error();
    EXPECT_EQ(removed(*edited), text);
}

TEST(GrubEdit, SaysWhenAWordCannotBeTakenOut)
{
    const auto elsewhere = removed("GRUB_X=\"intel_iommu=on\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet $GRUB_X\"\n");
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().kind, ErrorKind::blocked);
    EXPECT_THAT(elsewhere.error().what, HasSubstr("intel_iommu=on"));
}

}  // namespace
}  // namespace gpupass::linux_host::boot
