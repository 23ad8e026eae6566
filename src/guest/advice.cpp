#include "guest/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// Names of packages by system, as their archives have them in 2026. A row without a vendor is for all of them.

namespace gpupass::guest {

namespace {

struct Row {
    Need need;
    std::uint16_t vendor;
    const char* debian;
    const char* ubuntu;
    const char* fedora;
    const char* arch;
};

constexpr std::uint16_t intel = 0x8086;
constexpr std::uint16_t amd = 0x1002;
constexpr std::uint16_t nvidia = 0x10de;

constexpr Row rows[] = {
    {Need::opencl, intel, "ocl-icd-libopencl1 intel-opencl-icd (Debian 13 has none: Intel's own packages, or mesa-opencl-icd with RUSTICL_ENABLE=iris)",
     "ocl-icd-libopencl1 intel-opencl-icd", "ocl-icd intel-compute-runtime", "ocl-icd intel-compute-runtime"},
    {Need::opencl, amd, "ocl-icd-libopencl1 mesa-opencl-icd", "ocl-icd-libopencl1 mesa-opencl-icd", "ocl-icd rocm-opencl", "ocl-icd rocm-opencl-runtime"},
    {Need::opencl, nvidia, "ocl-icd-libopencl1 nvidia-opencl-icd", "ocl-icd-libopencl1 and the libnvidia-compute of the driver's version",
     "ocl-icd and the CUDA package of the driver", "ocl-icd opencl-nvidia"},
    {Need::opencl, 0, "ocl-icd-libopencl1", "ocl-icd-libopencl1", "ocl-icd", "ocl-icd"},
    {Need::vulkan, intel, "libvulkan1 mesa-vulkan-drivers", "libvulkan1 mesa-vulkan-drivers", "vulkan-loader mesa-vulkan-drivers", "vulkan-icd-loader vulkan-intel"},
    {Need::vulkan, amd, "libvulkan1 mesa-vulkan-drivers", "libvulkan1 mesa-vulkan-drivers", "vulkan-loader mesa-vulkan-drivers", "vulkan-icd-loader vulkan-radeon"},
    {Need::vulkan, nvidia, "libvulkan1 nvidia-vulkan-icd", "libvulkan1 and the libnvidia-gl of the driver's version", "vulkan-loader and the driver's own package",
     "vulkan-icd-loader nvidia-utils"},
    {Need::vulkan, 0, "libvulkan1 mesa-vulkan-drivers", "libvulkan1 mesa-vulkan-drivers", "vulkan-loader mesa-vulkan-drivers", "vulkan-icd-loader"},
    {Need::vaapi, intel, "libva-drm2 intel-media-va-driver (or -non-free, which encodes more)", "libva-drm2 intel-media-va-driver (or -non-free, which encodes more)",
     "libva intel-media-driver", "libva intel-media-driver"},
    {Need::vaapi, 0, "libva-drm2 mesa-va-drivers", "libva-drm2 mesa-va-drivers", "libva mesa-va-drivers", "libva libva-mesa-driver"},
    {Need::firmware, amd, "firmware-amd-graphics", "linux-firmware", "amd-gpu-firmware", "linux-firmware"},
    {Need::firmware, 0, "firmware-misc-nonfree (section non-free-firmware; firmware-intel-graphics in Debian 13)", "linux-firmware", "linux-firmware", "linux-firmware"},
};

}  // namespace

std::string install(Need need, std::uint16_t vendor, std::string_view system)
{
    const auto row = std::ranges::find_if(rows, [&](const Row& r) { return r.need == need && (r.vendor == vendor || r.vendor == 0); });
    if (row == std::end(rows))
        return "";
    if (system == "ubuntu")
        return fmt::format("install {}", row->ubuntu);
    if (system == "fedora")
        return fmt::format("install {}", row->fedora);
    if (system == "arch")
        return fmt::format("install {}", row->arch);
    if (system == "debian")
        return fmt::format("install {}", row->debian);
    return fmt::format("install what this system has for {} (Debian's name)", row->debian);
}

}  // namespace gpupass::guest
