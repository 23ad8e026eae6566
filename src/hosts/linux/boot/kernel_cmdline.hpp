#pragma once

#include "hosts/linux/boot/lines.hpp"

#include <span>
#include <string>
#include <string_view>

// /etc/kernel/cmdline: the words of every kernel's entry, on one line, for Proxmox's tool and for kernel-install.

namespace gpupass::linux_host::boot {

inline constexpr const char* kernel_cmdline_path = "/etc/kernel/cmdline";

/// The line that has the words, without its end; "" when the file has none. Comment lines and empty ones do not count.
/// Refused: words on several lines, of which the tools may read only the first.
Result<std::string> parse_kernel_cmdline(std::string_view text);

/// The file with the words at the end of that line (before a `--`), else unchanged, byte for byte.
Result<std::string> add_kernel_cmdline_words(std::string_view text, std::span<const std::string> words);
Result<std::string> remove_kernel_cmdline_words(std::string_view text, std::span<const std::string> words);

}  // namespace gpupass::linux_host::boot
