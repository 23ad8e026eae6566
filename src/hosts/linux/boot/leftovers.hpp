#pragma once

#include "hosts/linux/boot/cmdline.hpp"

#include <span>
#include <string>
#include <vector>

// Words of a kernel command line that earlier attempts at passthrough, or somebody's guide, left behind.

namespace gpupass::linux_host::boot {

enum class LeftoverKind {
    acs_override,       // pcie_acs_override=...: groups look smaller than the hardware makes them
    vfio_ids,           // vfio-pci.ids=...: every device with that id goes to vfio-pci, twins and VFs too
    vfio_early,         // rd.driver.pre=vfio-pci: vfio-pci comes before the drivers of the host
    framebuffer_off,    // video=efifb:off, nofb, vga=off: no screen from the firmware
    initcall_blocked,  // initcall_blacklist=...: a part of the kernel that shows the screen, or a driver, never starts
    driver_blocked,  // module_blacklist=, modprobe.blacklist=, i915.force_probe=!...: a driver is kept away
    modeset_off,  // nomodeset, i915.modeset=0: the host's drivers do not touch the GPU, and serve no screen
    gvt,  // i915.enable_gvt=1: mediated devices
    virtual_functions,  // i915.max_vfs=, xe.max_vfs=: SR-IOV
    unsafe_interrupts,  // vfio_iommu_type1.allow_unsafe_interrupts=1
    ignore_msrs,  // kvm.ignore_msrs=1
    other_vfio,  // other parameters of vfio modules
};
std::string to_string(LeftoverKind kind);

struct Leftover {
    LeftoverKind kind{};
    std::string word;  // as written
    bool operator==(const Leftover&) const = default;
};

/// In the order of the line. Says what is there, not that it is wrong.
std::vector<Leftover> leftovers(std::span<const Word> words);

/// A driver of GPUs or of their sound: i915, xe, nouveau, nvidia, amdgpu, radeon, snd_hda_intel ... '-' is '_'.
bool is_gpu_driver(std::string_view module);

}  // namespace gpupass::linux_host::boot
