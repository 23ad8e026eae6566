#include "hosts/linux/boot/leftovers.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace gpupass::linux_host::boot {

namespace {

using Kind = LeftoverKind;
using Test = bool (*)(std::string_view value);

bool always(std::string_view) { return true; }
bool is_yes(std::string_view v) { return v.empty() || v == "1" || v == "y" || v == "Y" || v == "on"; }
bool is_zero(std::string_view v) { return v == "0"; }
bool is_not_zero(std::string_view v) { return v != "0"; }
bool turns_off(std::string_view v) { return v.contains(":off"); }
bool is_off(std::string_view v) { return v == "off"; }
bool refuses(std::string_view v) { return v.contains('!'); }

bool names_vfio(std::string_view v) { return v.contains("vfio"); }

bool names_gpu_driver(std::string_view list)
{
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        if (is_gpu_driver(list.substr(0, end)))
            return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

struct Row {
    std::string_view name;  // with '_' for '-'
    Test test;
    Kind kind;
};

constexpr std::array rows = {
    Row{"pcie_acs_override", always, Kind::acs_override},
    Row{"vfio_pci.ids", always, Kind::vfio_ids},
    Row{"rd.driver.pre", names_vfio, Kind::vfio_early},
    Row{"modules_load", names_vfio, Kind::vfio_early},
    Row{"rd.modules_load", names_vfio, Kind::vfio_early},
    Row{"video", turns_off, Kind::framebuffer_off},
    Row{"nofb", always, Kind::framebuffer_off},
    Row{"vga", is_off, Kind::framebuffer_off},
    Row{"initcall_blacklist", always, Kind::initcall_blocked},
    Row{"module_blacklist", names_gpu_driver, Kind::driver_blocked},
    Row{"modprobe.blacklist", names_gpu_driver, Kind::driver_blocked},
    Row{"rd.driver.blacklist", names_gpu_driver, Kind::driver_blocked},
    Row{"rd.blacklist", names_gpu_driver, Kind::driver_blocked},
    Row{"i915.force_probe", refuses, Kind::driver_blocked},
    Row{"xe.force_probe", refuses, Kind::driver_blocked},
    Row{"nomodeset", always, Kind::modeset_off},
    Row{"i915.modeset", is_zero, Kind::modeset_off},
    Row{"nouveau.modeset", is_zero, Kind::modeset_off},
    Row{"nvidia_drm.modeset", is_zero, Kind::modeset_off},
    Row{"amdgpu.modeset", is_zero, Kind::modeset_off},
    Row{"radeon.modeset", is_zero, Kind::modeset_off},
    Row{"i915.enable_gvt", is_yes, Kind::gvt},
    Row{"i915.max_vfs", is_not_zero, Kind::virtual_functions},
    Row{"xe.max_vfs", is_not_zero, Kind::virtual_functions},
    Row{"vfio_iommu_type1.allow_unsafe_interrupts", is_yes, Kind::unsafe_interrupts},
    Row{"kvm.ignore_msrs", is_yes, Kind::ignore_msrs},
};

std::string with_underscores(std::string name)
{
    std::ranges::replace(name, '-', '_');
    return name;
}

std::optional<Kind> kind_of(const Word& word)
{
    const std::string name = with_underscores(word.name);
    const auto fits = [&](const Row& row) { return row.name == name && row.test(word.value.value_or("")); };
    if (const auto row = std::ranges::find_if(rows, fits); row != rows.end())
        return row->kind;
    if (name.starts_with("vfio") && name.contains('.') && !name.contains("unsafe_interrupts"))
        return Kind::other_vfio;
    return std::nullopt;
}

}  // namespace

std::string to_string(LeftoverKind kind)
{
    constexpr std::array words = {"acs-override",      "vfio-ids",          "vfio-early",  "framebuffer-off",
                                  "initcall-blocked",  "driver-blocked",    "modeset-off", "gvt",
                                  "virtual-functions", "unsafe-interrupts", "ignore-msrs", "other-vfio"};
    return words.at(static_cast<std::size_t>(kind));
}

std::vector<Leftover> leftovers(std::span<const Word> words)
{
    std::vector<Leftover> found;
    for (const Word& word : words)
        if (const auto kind = word.is_for_init ? std::nullopt : kind_of(word))
            found.push_back({*kind, word.text});
    return found;
}

bool is_gpu_driver(std::string_view module)
{
    constexpr std::array<std::string_view, 13> drivers = {
        "i915",       "xe",       "nouveau", "nova_core", "nvidia",        "nvidia_drm", "nvidia_modeset",
        "nvidia_uvm", "nvidiafb", "amdgpu",  "radeon",    "snd_hda_intel", "ast"};
    return std::ranges::find(drivers, with_underscores(std::string{module})) != drivers.end();
}

}  // namespace gpupass::linux_host::boot
