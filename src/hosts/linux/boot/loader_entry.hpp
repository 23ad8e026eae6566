#pragma once

#include "hosts/linux/boot/lines.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Entries of the Boot Loader Specification (/boot/loader/entries/*.conf), as systemd-boot and GRUB of the Fedora family
// read them, and systemd-boot's own loader.conf. One `key value` a line; `#` begins a comment line.

namespace gpupass::linux_host::boot {

struct LoaderEntry {
    std::string title;
    std::string version;
    std::string kernel;  // the path of `linux`, or of `efi` and `uki`
    std::vector<std::string> initrds;
    std::vector<std::string> options;  // the values of its `options` lines, in order
    /// The kernel command line: all options, joined by blanks. `$name` in it is a variable of GRUB.
    std::string cmdline() const;
    bool operator==(const LoaderEntry&) const = default;
};

/// Refused: a text of more than `largest_file` bytes.
Result<LoaderEntry> parse_loader_entry(std::string_view text);

/// The entry with the words added behind the last one for the kernel, on that one's line; a line of its own where no
/// options line has a word. All other bytes stay. Refused: what add_words() refuses.
Result<std::string> add_entry_words(std::string_view text, std::span<const std::string> words);
/// Takes exactly these words out of all options lines, and a line that had nothing else.
Result<std::string> remove_entry_words(std::string_view text, std::span<const std::string> words);

struct LoaderConf {
    std::optional<std::string> default_entry;  // a name, or a pattern with '*'; "@saved"
    std::optional<std::string> timeout;  // seconds, or "menu-force", "menu-hidden" ...
    std::optional<std::string> editor;  // yes: words can be changed at the screen for one boot
    bool operator==(const LoaderConf&) const = default;
};
Result<LoaderConf> parse_loader_conf(std::string_view text);

}  // namespace gpupass::linux_host::boot
