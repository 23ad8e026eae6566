#include "hosts/linux/boot/loader.hpp"

#include "hosts/linux/boot/grub.hpp"
#include "hosts/linux/boot/kernel_cmdline.hpp"

#include <array>

namespace gpupass::linux_host::boot {

namespace {

constexpr const char* default_grub = "/etc/default/grub";

constexpr std::array<std::string_view, 31> paths = {"/run/ostree-booted",       "/etc/NIXOS",
                                                    "/sys/firmware/efi",        "/etc/kernel/proxmox-boot-uuids",
                                                    "/etc/kernel/cmdline",      "/usr/bin/kernel-install",
                                                    "/boot/loader/entries",     "/efi/loader/entries",
                                                    "/boot/efi/loader/entries", "/boot/loader/loader.conf",
                                                    "/efi/loader/loader.conf",  "/boot/efi/loader/loader.conf",
                                                    "/etc/default/grub",        "/etc/default/grub.d",
                                                    "/usr/sbin/update-grub",    "/usr/sbin/grubby",
                                                    "/usr/bin/grubby",          "/usr/sbin/grub2-mkconfig",
                                                    "/usr/bin/grub2-mkconfig",  "/usr/sbin/grub-mkconfig",
                                                    "/usr/bin/grub-mkconfig",   "/usr/sbin/update-initramfs",
                                                    "/usr/sbin/mkinitramfs",    "/usr/bin/mkinitramfs",
                                                    "/usr/bin/dracut",          "/usr/sbin/dracut",
                                                    "/etc/dracut.conf.d",       "/usr/bin/mkinitcpio",
                                                    "/usr/sbin/mkinitcpio",     "/etc/mkinitcpio.conf",
                                                    "/etc/mkinitcpio.conf.d"};

/// The folders that systemd-boot reads entries from; "" when none has any.
std::string entries_folder(const BootFiles& files)
{
    for (const std::string folder : {"/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries"})
        if (files.has(folder))
            return folder + "/";
    return "";
}

bool booted(const BootFiles& files, std::string_view loader)
{
    return files.loader_info && parse_loader_info(*files.loader_info).starts_with(loader);
}

bool has_loader_conf(const BootFiles& files)
{
    return files.has("/boot/loader/loader.conf") || files.has("/efi/loader/loader.conf") ||
        files.has("/boot/efi/loader/loader.conf");
}

bool has_grubby(const BootFiles& files) { return files.has("/usr/sbin/grubby") || files.has("/usr/bin/grubby"); }

std::string grub_file(const BootFiles& files)
{
    return files.has("/etc/default/grub.d") ? grub_drop_in_path : default_grub;
}

LoaderChoice proxmox(const BootFiles& files)
{
    const std::vector<Command> refresh = {{"proxmox-boot-tool", "refresh"}};
    const bool guess = !files.loader_info && files.has("/sys/firmware/efi") && files.has(kernel_cmdline_path);
    if (booted(files, "systemd-boot") || guess)
        return {Loader::proxmox_boot_tool, kernel_cmdline_path, refresh,
                "proxmox-boot-tool looks after the EFI partitions, and the host boots with systemd-boot"};
    return {Loader::proxmox_boot_tool, grub_file(files), refresh,
            "proxmox-boot-tool looks after the boot partitions, and the host boots with GRUB"};
}

LoaderChoice systemd_boot(const BootFiles& files, std::string why)
{
    if (files.has(kernel_cmdline_path) && files.has("/usr/bin/kernel-install"))
        return {Loader::systemd_boot,
                kernel_cmdline_path,
                {{"kernel-install", "add-all"}},
                why + "; kernel-install makes the entries from " + kernel_cmdline_path};
    const std::string folder = entries_folder(files);
    if (folder.empty())
        return {Loader::unknown, "", {}, why + ", but neither " + kernel_cmdline_path + " nor entries are there"};
    return {Loader::systemd_boot, folder, {}, why + "; its entries are edited in place"};
}

LoaderChoice grub(const BootFiles& files)
{
    if (!entries_folder(files).empty() && has_grubby(files))
        return {Loader::grub_bls, "", {}, "there are loader entries and grubby, which edits them for GRUB"};
    if (files.has("/usr/sbin/update-grub"))
        return {
            Loader::grub_debian, grub_file(files), {{"update-grub"}}, "there are /etc/default/grub and update-grub"};
    if (files.has("/usr/sbin/grub2-mkconfig") || files.has("/usr/bin/grub2-mkconfig"))
        return {Loader::grub_mkconfig,
                default_grub,
                {{"grub2-mkconfig", "-o", "/boot/grub2/grub.cfg"}},
                "there are /etc/default/grub and grub2-mkconfig"};
    if (files.has("/usr/sbin/grub-mkconfig") || files.has("/usr/bin/grub-mkconfig"))
        return {Loader::grub_mkconfig,
                default_grub,
                {{"grub-mkconfig", "-o", "/boot/grub/grub.cfg"}},
                "there are /etc/default/grub and grub-mkconfig"};
    return {Loader::unknown, "", {}, "there is /etc/default/grub, but no program that reads it"};
}

}  // namespace

std::span<const std::string_view> boot_paths() { return paths; }

LoaderChoice choose_loader(const BootFiles& files)
{
    if (files.has("/run/ostree-booted"))
        return {Loader::ostree, "", {}, "the host runs from an ostree image, and rpm-ostree keeps the kernel's words"};
    if (files.has("/etc/NIXOS"))
        return {Loader::unknown, "", {}, "this is NixOS: boot.kernelParams of its configuration has the words"};
    if (files.proxmox_uuids.find_first_not_of(" \t\r\n") != std::string::npos)
        return proxmox(files);
    if (booted(files, "systemd-boot"))
        return systemd_boot(files, "the firmware says that systemd-boot booted the host");
    if (files.has(default_grub))
        return grub(files);
    if (has_loader_conf(files) && !entries_folder(files).empty())
        return systemd_boot(files, "there are loader.conf and loader entries, and no /etc/default/grub");
    return {Loader::unknown, "", {}, "no files of a boot loader that we know are there"};
}

}  // namespace gpupass::linux_host::boot
