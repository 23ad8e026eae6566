#pragma once

#include "hosts/linux/boot/iomem.hpp"
#include "hosts/linux/boot/loader.hpp"
#include "hosts/linux/boot/modprobe.hpp"
#include "model/facts.hpp"
#include "transport/machine.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

// How the host boots: the kernel's words now and at the next boot, the loader that has them, module options, the
// firmware's framebuffer.

namespace gpupass::linux_host {

/// Part of the first batch; its answers go to BootConfig in the same order.
std::vector<Query> boot_queries();

class BootConfig {
public:
    /// `answers` of boot_queries().
    explicit BootConfig(std::span<const Answer> answers);

    /// Files that the answers named.
    std::vector<Query> further() const;
    /// `answers` of further().
    void read_further(std::span<const Answer> answers);

    /// `release`: the running kernel, whose entry counts where each kernel has its own.
    KernelLine kernel_line(std::string_view release) const;
    /// Options of modules in /etc/modprobe.d.
    std::vector<boot::ModprobeNote> modprobe_notes() const;
    /// nullopt: it could not be read.
    std::optional<boot::Iomem> iomem() const;
    /// From how /proc/interrupts names them; nullopt: it does not tell.
    std::optional<bool> interrupt_remapping() const;
    /// Files that are there and could not be understood, and why.
    const std::vector<std::string>& unknown() const { return unknown_; }

private:
    std::optional<std::string> text_of(std::string_view path) const;
    std::vector<boot::File> files_in(std::string_view folder) const;
    std::optional<std::string> configured(const LoaderChoice& loader, std::string_view release) const;
    std::optional<std::string> entry_line(std::string_view release) const;

    boot::BootFiles seen_;
    std::vector<boot::File> files_;       // all that were read, in the order of their paths
    std::vector<std::string> further_;
    std::vector<std::string> unknown_;
};

}  // namespace gpupass::linux_host
