#pragma once

#include <optional>
#include <string>
#include <vector>

// The boot loader of a Linux host and the command line it gives the kernel.

namespace gpupass {

enum class Loader {
    grub_debian,  // /etc/default/grub, drop-ins, update-grub
    grub_bls,  // GRUB reads entries, grubby edits them: Fedora, RHEL
    grub_mkconfig,  // /etc/default/grub, grub-mkconfig: Arch, SUSE
    systemd_boot,
    proxmox_boot_tool,  // copies kernels to the EFI partitions, below systemd-boot or GRUB
    ostree,  // rpm-ostree keeps the words
    unknown,
};

using Command = std::vector<std::string>;  // an argument vector, never a shell line

struct LoaderChoice {
    Loader loader{Loader::unknown};
    std::string file;  // to edit: a file; a folder of entries when it ends in '/'; "" when commands do it all
    std::vector<Command> apply;  // behind the edit
    std::string why;  // what it was told by, in a sentence
    bool operator==(const LoaderChoice&) const = default;
};

/// The words the kernel got, and those it will get.
struct KernelLine {
    std::string running;                    // as /proc/cmdline has it
    std::optional<std::string> configured;  // nullopt: it could not be read, or is made in a way that we do not understand
    LoaderChoice loader;
    std::optional<std::string> text;        // of loader.file; nullopt: there is none
    bool operator==(const KernelLine&) const = default;
};

}  // namespace gpupass
