#include "hosts/linux/boot/loader_entry.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {
namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

const Words ours = {"intel_iommu=on", "iommu=pt"};

constexpr const char* fedora = R"(title Fedora Linux (6.8.5-301.fc40.x86_64) 40 (Server Edition)
version 6.8.5-301.fc40.x86_64
linux /vmlinuz-6.8.5-301.fc40.x86_64
initrd /initramfs-6.8.5-301.fc40.x86_64.img $tuned_initrd
options root=UUID=2b6a0f0e-0f0f-4c1c-9d55-0123456789ab ro rd.lvm.lv=fedora/root rhgb quiet $tuned_params
grub_users $grub_users
grub_arg --unrestricted
grub_class fedora
)";

TEST(LoaderEntry, ReadsFedoras)
{
    const auto entry = parse_loader_entry(fedora);

    ASSERT_TRUE(entry) << entry.error();
    EXPECT_EQ(entry->title, "Fedora Linux (6.8.5-301.fc40.x86_64) 40 (Server Edition)");
    EXPECT_EQ(entry->version, "6.8.5-301.fc40.x86_64");
    EXPECT_EQ(entry->kernel, "/vmlinuz-6.8.5-301.fc40.x86_64");
    EXPECT_THAT(entry->initrds, ElementsAre("/initramfs-6.8.5-301.fc40.x86_64.img $tuned_initrd"));
    EXPECT_EQ(entry->cmdline(),
              "root=UUID=2b6a0f0e-0f0f-4c1c-9d55-0123456789ab ro rd.lvm.lv=fedora/root rhgb quiet $tuned_params");
}

TEST(LoaderEntry, JoinsSeveralOptionsLines)
{
    const auto entry = parse_loader_entry(
        "# Arch\r\n  title\tArch Linux\r\nlinux /vmlinuz-linux\r\ninitrd /intel-ucode.img\r\n"
        "initrd /initramfs-linux.img\r\noptions root=LABEL=arch rw\r\noptions   quiet  \r\n#options x");
    ASSERT_TRUE(entry) << entry.error();
    EXPECT_EQ(entry->title, "Arch Linux");
    EXPECT_EQ(entry->initrds.size(), 2U);
    EXPECT_EQ(entry->cmdline(), "root=LABEL=arch rw quiet");
}

TEST(LoaderEntry, WordsGoBehindTheLastOptions)
{
    EXPECT_EQ(add_entry_words("title a\noptions root=/dev/sda1\noptions quiet  \r\nlinux /k", ours),
              "title a\noptions root=/dev/sda1\noptions quiet intel_iommu=on iommu=pt  \r\nlinux /k");
    EXPECT_EQ(add_entry_words("options a -- b\noptions c\n", ours),
              "options a intel_iommu=on iommu=pt -- b\noptions c\n");
    EXPECT_EQ(add_entry_words("options a\noptions -- b\n", ours), "options a intel_iommu=on iommu=pt\noptions -- b\n");
    EXPECT_EQ(add_entry_words("options intel_iommu=on\noptions a\n", ours),
              "options intel_iommu=on\noptions a iommu=pt\n");
}

TEST(LoaderEntry, WordsGetALineWhereThereAreNone)
{
    EXPECT_EQ(add_entry_words("title a\n", ours), "title a\noptions intel_iommu=on iommu=pt\n");
    EXPECT_EQ(add_entry_words("title a\r\nlinux /k", ours), "title a\r\nlinux /k\r\noptions intel_iommu=on iommu=pt");
    EXPECT_EQ(add_entry_words("options\n", ours), "options\noptions intel_iommu=on iommu=pt\n");
}

TEST(LoaderEntry, WhatWasAddedComesAwayWithoutATrace)
{
    for (const std::string text : {fedora, "", "title a", "title a\r\n", "options\n", "options a  \noptions b",
                                   "options -- a\n", "options a\noptions -- iommu=pt\n"}) {
        const auto edited = add_entry_words(text, ours);
        ASSERT_TRUE(edited) << edited.error();
        EXPECT_EQ(remove_entry_words(*edited, ours), text) << *edited;
    }
}

TEST(LoaderEntry, NamesTheLineOfAQuoteThatIsNeverClosed)
{
    const auto edited = add_entry_words("title a\noptions x=\"y\n", ours);

    ASSERT_FALSE(edited);
    EXPECT_EQ(edited.error().where, Words{"options on line 2"});
    EXPECT_FALSE(parse_loader_entry(std::string(largest_file + 1, 'a')));
}

TEST(LoaderConf, ReadsWhatDecides)
{
    const auto conf = parse_loader_conf("#timeout 9\ndefault  proxmox-*\ntimeout 3\nconsole-mode max\neditor no\n");

    ASSERT_TRUE(conf) << conf.error();
    EXPECT_EQ(*conf, (LoaderConf{"proxmox-*", "3", "no"}));
    EXPECT_EQ(parse_loader_conf(""), LoaderConf{});
}

}  // namespace
}  // namespace gpupass::linux_host::boot
