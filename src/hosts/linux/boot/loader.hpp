#pragma once

#include "model/loader.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Which boot loader gives the kernel its command line, and how that is changed. Decided from files alone; what the next
// /proc/cmdline says is the proof.

namespace gpupass::linux_host::boot {

using gpupass::Loader;
using gpupass::LoaderChoice;
std::string to_string(Loader loader);

/// What was seen on the host: the paths of boot_paths() that are there (a folder only when it is not empty), and texts.
struct BootFiles {
    std::set<std::string, std::less<>> present;
    std::string proxmox_uuids;  // /etc/kernel/proxmox-boot-uuids
    std::string default_grub;  // /etc/default/grub
    std::optional<std::string> loader_info;  // the EFI variable loader_info_path, as its bytes are
    bool has(std::string_view path) const { return present.contains(path); }
};
/// All paths that choose_loader() and choose_initramfs() ask about.
std::span<const std::string_view> boot_paths();

/// Written by the loader that booted: "systemd-boot 252", "GRUB 2.12".
inline constexpr const char* loader_info_path =
    "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/// Its text: four bytes of attributes, then UTF-16. "" when it has no such form.
std::string parse_loader_info(std::string_view bytes);

using gpupass::Command;

LoaderChoice choose_loader(const BootFiles& files);

/// Everything to be run for these words: the commands behind an edit of the file, or those that keep the words themselves.
/// Words are those that check_word() accepts.
std::vector<Command> commands_for(const LoaderChoice& choice, std::span<const std::string> added,
                                  std::span<const std::string> removed);

}  // namespace gpupass::linux_host::boot
