#include "hosts/linux/boot/loader.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace gpupass::linux_host::boot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

std::string efi_text(std::string_view text)
{
    std::string bytes{"\x06\0\0\0", 4};
    for (const char c : text)
        bytes += {c, '\0'};
    return bytes + std::string(2, '\0');
}

TEST(Loader, DebianHasGrubWithDropIns)
{
    const auto choice = choose_loader(
        {.present = {"/etc/default/grub", "/etc/default/grub.d", "/usr/sbin/update-grub", "/usr/sbin/grub-mkconfig"}});

    EXPECT_EQ(choice.loader, Loader::grub_debian);
    EXPECT_EQ(choice.file, "/etc/default/grub.d/zz-gpupass.cfg");
    EXPECT_THAT(choice.apply, ElementsAre(Command{"update-grub"}));
    EXPECT_EQ(commands_for(choice, Words{"a"}, {}), choice.apply);
    EXPECT_EQ(choose_loader({.present = {"/etc/default/grub", "/usr/sbin/update-grub"}}).file, "/etc/default/grub");
}

TEST(Loader, FedoraHasGrubby)
{
    const auto choice = choose_loader(
        {.present = {"/etc/default/grub", "/boot/loader/entries", "/usr/sbin/grubby", "/usr/sbin/grub2-mkconfig"}});

    EXPECT_EQ(choice.loader, Loader::grub_bls);
    EXPECT_EQ(choice.file, "");
    EXPECT_THAT(commands_for(choice, Words{"intel_iommu=on", "iommu=pt"}, {}),
                ElementsAre(Command{"grubby", "--update-kernel=ALL", "--args=intel_iommu=on iommu=pt"}));
    EXPECT_THAT(commands_for(choice, {}, Words{"iommu=pt"}),
                ElementsAre(Command{"grubby", "--update-kernel=ALL", "--remove-args=iommu=pt"}));
    EXPECT_THAT(commands_for(choice, {}, {}), IsEmpty());
}

TEST(Loader, OthersMakeGrubsMenuThemselves)
{
    const auto suse = choose_loader({.present = {"/etc/default/grub", "/usr/sbin/grub2-mkconfig"}});
    EXPECT_EQ(suse.loader, Loader::grub_mkconfig);
    EXPECT_THAT(suse.apply, ElementsAre(Command{"grub2-mkconfig", "-o", "/boot/grub2/grub.cfg"}));

    const auto arch =
        choose_loader({.present = {"/etc/default/grub", "/etc/default/grub.d", "/usr/bin/grub-mkconfig"}});
    EXPECT_EQ(arch.file, "/etc/default/grub");
    EXPECT_THAT(arch.apply, ElementsAre(Command{"grub-mkconfig", "-o", "/boot/grub/grub.cfg"}));
}

TEST(Loader, ProxmoxBootsWithSystemdBootOrGrub)
{
    BootFiles files{.present = {"/etc/default/grub", "/etc/default/grub.d", "/usr/sbin/update-grub",
                                "/etc/kernel/proxmox-boot-uuids", "/etc/kernel/cmdline", "/sys/firmware/efi"},
                    .proxmox_uuids = "A1B2-C3D4\nA1B2-C3D5\n"};
    const auto guessed = choose_loader(files);
    EXPECT_EQ(guessed.loader, Loader::proxmox_boot_tool);
    EXPECT_EQ(guessed.file, "/etc/kernel/cmdline");
    EXPECT_THAT(guessed.apply, ElementsAre(Command{"proxmox-boot-tool", "refresh"}));

    files.loader_info = efi_text("GRUB 2.12");
    EXPECT_EQ(choose_loader(files).file, "/etc/default/grub.d/zz-gpupass.cfg");
    files.loader_info = efi_text("systemd-boot 252.12");
    EXPECT_EQ(choose_loader(files).file, "/etc/kernel/cmdline");
    files.loader_info.reset();
    files.present.erase("/sys/firmware/efi");
    EXPECT_EQ(choose_loader(files).file, "/etc/default/grub.d/zz-gpupass.cfg");
    files.proxmox_uuids = "\n";
    EXPECT_EQ(choose_loader(files).loader, Loader::grub_debian);
}

TEST(Loader, SystemdBootHasEntriesOrKernelInstall)
{
    const BootFiles plain{.present = {"/boot/loader/entries", "/boot/loader/loader.conf"}};
    EXPECT_EQ(choose_loader(plain).loader, Loader::systemd_boot);
    EXPECT_EQ(choose_loader(plain).file, "/boot/loader/entries/");
    EXPECT_THAT(choose_loader(plain).apply, IsEmpty());

    const BootFiles both{.present = {"/etc/default/grub", "/usr/sbin/update-grub", "/efi/loader/entries",
                                     "/etc/kernel/cmdline", "/usr/bin/kernel-install"},
                         .loader_info = efi_text("systemd-boot 257")};
    EXPECT_EQ(choose_loader(both).loader, Loader::systemd_boot);
    EXPECT_EQ(choose_loader(both).file, "/etc/kernel/cmdline");
    EXPECT_THAT(choose_loader(both).apply, ElementsAre(Command{"kernel-install", "add-all"}));
}

TEST(Loader, AnImageKeepsItsWordsItself)
{
    const auto choice = choose_loader({.present = {"/run/ostree-booted", "/boot/loader/entries", "/etc/default/grub"}});

    EXPECT_EQ(choice.loader, Loader::ostree);
    EXPECT_THAT(commands_for(choice, Words{"a=1", "b"}, Words{"c"}),
                ElementsAre(Command{"rpm-ostree", "kargs", "--delete-if-present=c", "--append-if-missing=a=1",
                                    "--append-if-missing=b"}));
}

TEST(Loader, WhatIsNotKnownIsSaid)
{
    EXPECT_EQ(choose_loader({}).loader, Loader::unknown);
    EXPECT_FALSE(choose_loader({}).why.empty());
    EXPECT_THAT(choose_loader({.present = {"/etc/NIXOS", "/boot/loader/entries", "/boot/loader/loader.conf"}}).why,
                HasSubstr("boot.kernelParams"));
    EXPECT_EQ(choose_loader({.present = {"/etc/default/grub"}}).loader, Loader::unknown);
    EXPECT_EQ(choose_loader({.loader_info = efi_text("systemd-boot 252")}).loader, Loader::unknown);
}

TEST(Loader, ReadsTheEfiVariable)
{
    EXPECT_EQ(parse_loader_info(efi_text("GRUB 2.12")), "GRUB 2.12");
    for (const std::string& bytes :
         {std::string{}, std::string{"GRUB"}, std::string{"\x06\0\0\0G", 5}, efi_text("a\x1b"), std::string(400, 'x')})
        EXPECT_EQ(parse_loader_info(bytes), "");
}

TEST(Loader, AsksOnlyForPathsItNames)
{
    for (const std::string_view path :
         {"/run/ostree-booted", "/etc/kernel/cmdline", "/usr/bin/dracut", "/etc/mkinitcpio.conf.d"})
        EXPECT_NE(std::ranges::find(boot_paths(), path), boot_paths().end()) << path;
}

}  // namespace
}  // namespace gpupass::linux_host::boot
