#include "hosts/linux/boot/leftovers.hpp"

#include <gmock/gmock.h>

namespace gpupass::linux_host::boot {

static void PrintTo(const Leftover& leftover, std::ostream* out)
{
    *out << to_string(leftover.kind) << ": " << leftover.word;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Leftover> found(std::string_view text) { return leftovers(parse_cmdline(text).value()); }

TEST(Leftovers, NamesWhatAGuideLeftBehind)
{
    EXPECT_THAT(
        found("root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on iommu=pt pcie_acs_override=downstream,multifunction "
              "nofb nomodeset video=vesafb:off,efifb:off vfio-pci.ids=8086:9a49 modprobe.blacklist=i915,nouveau"),
        ElementsAre(Leftover{LeftoverKind::acs_override, "pcie_acs_override=downstream,multifunction"},
                    Leftover{LeftoverKind::framebuffer_off, "nofb"}, Leftover{LeftoverKind::modeset_off, "nomodeset"},
                    Leftover{LeftoverKind::framebuffer_off, "video=vesafb:off,efifb:off"},
                    Leftover{LeftoverKind::vfio_ids, "vfio-pci.ids=8086:9a49"},
                    Leftover{LeftoverKind::driver_blocked, "modprobe.blacklist=i915,nouveau"}));
}

TEST(Leftovers, NamesTheRest)
{
    EXPECT_THAT(
        found("rd.driver.pre=vfio-pci initcall_blacklist=sysfb_init i915.force_probe=!9a49 i915.enable_gvt=1 "
              "i915.max_vfs=7 vfio_iommu_type1.allow_unsafe_interrupts=1 kvm.ignore_msrs=1 vfio-pci.disable_vga=1"),
        ElementsAre(Leftover{LeftoverKind::vfio_early, "rd.driver.pre=vfio-pci"},
                    Leftover{LeftoverKind::initcall_blocked, "initcall_blacklist=sysfb_init"},
                    Leftover{LeftoverKind::driver_blocked, "i915.force_probe=!9a49"},
                    Leftover{LeftoverKind::gvt, "i915.enable_gvt=1"},
                    Leftover{LeftoverKind::virtual_functions, "i915.max_vfs=7"},
                    Leftover{LeftoverKind::unsafe_interrupts, "vfio_iommu_type1.allow_unsafe_interrupts=1"},
                    Leftover{LeftoverKind::ignore_msrs, "kvm.ignore_msrs=1"},
                    Leftover{LeftoverKind::other_vfio, "vfio-pci.disable_vga=1"}));
}

TEST(Leftovers, AreNotOrdinaryWords)
{
    EXPECT_THAT(
        found("BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet splash video=HDMI-A-1:1920x1080 i915.force_probe=9a49 "
              "modprobe.blacklist=pcspkr kvm.ignore_msrs=0 vfio_iommu_type1.allow_unsafe_interrupts=0 vga=791 -- "
              "nomodeset"),
        IsEmpty());
}

TEST(Leftovers, KnowTheDriversOfGpus)
{
    EXPECT_TRUE(is_gpu_driver("i915"));
    EXPECT_TRUE(is_gpu_driver("snd-hda-intel"));
    EXPECT_TRUE(is_gpu_driver("nvidia_drm"));
    EXPECT_FALSE(is_gpu_driver("nvme"));
    EXPECT_FALSE(is_gpu_driver(""));
}

}  // namespace
}  // namespace gpupass::linux_host::boot
