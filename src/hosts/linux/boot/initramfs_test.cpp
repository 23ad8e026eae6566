#include "hosts/linux/boot/initramfs.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {
namespace {

using testing::HasSubstr;

TEST(Initramfs, DebianHasAListOfModules)
{
    const auto choice = choose_initramfs({.present = {"/usr/sbin/update-initramfs", "/usr/sbin/mkinitramfs"}}, false);

    EXPECT_EQ(choice.tool, Initramfs::initramfs_tools);
    EXPECT_EQ(choice.file, "/etc/initramfs-tools/modules");
    EXPECT_TRUE(choice.is_appended);
    EXPECT_THAT(choice.text, testing::EndsWith("\nvfio_pci\nvfio\nvfio_iommu_type1\n"));
    EXPECT_EQ(choice.rebuild, (Command{"update-initramfs", "-u", "-k", "all"}));
    EXPECT_THAT(choose_initramfs({.present = {"/usr/sbin/update-initramfs", "/usr/sbin/mkinitramfs"}}, true).text,
                HasSubstr("\nvfio_virqfd\n"));
}

TEST(Initramfs, DracutHasDropIns)
{
    const auto choice = choose_initramfs({.present = {"/usr/bin/dracut", "/usr/sbin/update-initramfs"}}, false);

    EXPECT_EQ(choice.tool, Initramfs::dracut);
    EXPECT_EQ(choice.file, "/etc/dracut.conf.d/zz-gpupass.conf");
    EXPECT_THAT(choice.text, HasSubstr("\nforce_drivers+=\" vfio_pci vfio vfio_iommu_type1 \"\n"));
    EXPECT_EQ(choice.rebuild, (Command{"dracut", "-f", "--regenerate-all"}));
}

TEST(Initramfs, MkinitcpioPutsOursBeforeTheOthers)
{
    const auto old = choose_initramfs({.present = {"/usr/bin/mkinitcpio", "/etc/mkinitcpio.conf"}}, false);
    EXPECT_EQ(old.file, "/etc/mkinitcpio.conf");
    EXPECT_TRUE(old.is_appended);
    EXPECT_THAT(old.text, HasSubstr("\nMODULES=(vfio_pci vfio vfio_iommu_type1 \"${MODULES[@]}\")\n"));

    const auto fresh = choose_initramfs({.present = {"/usr/bin/mkinitcpio", "/etc/mkinitcpio.conf.d"}}, false);
    EXPECT_EQ(fresh.file, "/etc/mkinitcpio.conf.d/zz-gpupass.conf");
    EXPECT_FALSE(fresh.is_appended);
    EXPECT_EQ(fresh.rebuild, (Command{"mkinitcpio", "-P"}));
}

TEST(Initramfs, NoneIsSaid)
{
    EXPECT_EQ(choose_initramfs({}, false).tool, Initramfs::none);
    EXPECT_FALSE(choose_initramfs({}, false).why.empty());
    EXPECT_THAT(choose_initramfs({.present = {"/run/ostree-booted", "/usr/bin/dracut"}}, false).why,
                HasSubstr("ostree"));
}

TEST(Initramfs, OurLinesComeAwayWithoutATrace)
{
    const std::string block = "# ours\nvfio_pci\nvfio\n";
    for (const std::string text : {"", "# modules\n", "# modules\nxhci_pci", "a\r\nb\r\n", "a\r\nb", "vfio\n\n"}) {
        const auto with = with_block(text, block);
        ASSERT_TRUE(with) << with.error();
        EXPECT_EQ(with_block(*with, block), with);
        EXPECT_EQ(without_block(*with, block), text);
    }
    EXPECT_EQ(with_block("a\r\n", block), "a\r\n# ours\r\nvfio_pci\r\nvfio\r\n");
    EXPECT_EQ(without_block("# ours\nvfio_pci\nvfio\nlater\n", block), "later\n");
    EXPECT_EQ(without_block("# ours\nvfio\n", block), "# ours\nvfio\n");
}

}  // namespace
}  // namespace gpupass::linux_host::boot
