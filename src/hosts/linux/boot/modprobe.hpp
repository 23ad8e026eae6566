#pragma once

#include "hosts/linux/boot/lines.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// Files of /etc/modprobe.d, read as kmod reads them: one command a line, '\' at the end continues it, '#' at the beginning
// makes a comment of it. A '#' behind a value is part of the value, and so is the carriage return of a foreign line end:
// `blacklist i915` with one names no driver.

namespace gpupass::linux_host::boot {

enum class ModprobeKind { options, softdep, blacklist, install, alias, other };
std::string to_string(ModprobeKind kind);

struct ModprobeLine {
    ModprobeKind kind{};
    Place place;  // of its first line
    std::string module;  // as kmod compares it: '-' is '_'; of an alias the pattern, as written
    std::vector<std::string>
        words;  // what follows; of `options` cut as the kernel cuts them, of `install` the command as one
    bool operator==(const ModprobeLine&) const = default;
};

/// Refused: more than `largest_file` bytes. A line that kmod would ignore is left out, one of an unknown command is `other`.
Result<std::vector<ModprobeLine>> parse_modprobe(const File& file);

/// Whether the `install` line keeps the module from ever being loaded: /bin/false, /bin/true, ':' ...
bool never_installs(const ModprobeLine& line);

enum class ModprobeTopic {
    vfio_ids,  // options vfio-pci ids=...
    disable_vga,  // options vfio-pci disable_vga=1
    disable_idle_d3,  // options vfio-pci disable_idle_d3=1
    unsafe_interrupts,  // options vfio_iommu_type1 allow_unsafe_interrupts=1
    ignore_msrs,  // options kvm ignore_msrs=1
    driver_blacklisted,  // blacklist i915: not loaded by itself, for any card
    driver_refused,  // install i915 /bin/false: not loaded at all
    driver_after_vfio,  // softdep i915 pre: vfio-pci
    driver_options,  // options i915 enable_guc=3
};
std::string to_string(ModprobeTopic topic);

/// What a line says about passing GPUs through.
struct ModprobeNote {
    ModprobeTopic topic{};
    std::string module;
    std::string value;  // of the option: "8086:9a49,8086:a0c8"; of driver_options all words; "" where there is none
    Place place;
    bool operator==(const ModprobeNote&) const = default;
};
/// In the order of the lines. Several files: put their lines one behind the other, in the order kmod reads them.
std::vector<ModprobeNote> modprobe_notes(std::span<const ModprobeLine> lines);

}  // namespace gpupass::linux_host::boot
