#pragma once

#include "hosts/linux/boot/loader.hpp"
#include "model/result.hpp"

#include <string>
#include <string_view>

// How vfio-pci gets into the first stage of booting, before the drivers of the host's GPUs that may be there as well.

namespace gpupass::linux_host::boot {

enum class Initramfs { initramfs_tools, dracut, mkinitcpio, none };
std::string to_string(Initramfs tool);

struct InitramfsChoice {
    Initramfs tool{Initramfs::none};
    std::string file;      // "" for none
    std::string text;      // a drop-in of our own; lines for the end of the file when `is_appended`
    bool is_appended{};
    Command rebuild;
    std::string why;       // what it was told by, in a sentence
    bool operator==(const InitramfsChoice&) const = default;
};

/// `has_virqfd`: kernels before 6.2 have vfio_virqfd as a module of its own.
InitramfsChoice choose_initramfs(const BootFiles& files, bool has_virqfd);

/// A file with our lines at its end, in the file's habits; unchanged when they are there.
Result<std::string> with_block(std::string_view text, std::string_view block);
/// The inverse; unchanged when they are not there as they were written.
Result<std::string> without_block(std::string_view text, std::string_view block);

}  // namespace gpupass::linux_host::boot
