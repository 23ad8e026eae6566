#include "knowledge/gpu_table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

// Which ways of giving a GPU to VMs a generation knows: data/generations.csv says it for each codename, the GPU table
// for each id. What nobody has confirmed is said as such.

namespace gpupass {
namespace {

struct Generation {
    std::string_view codename;           // the beginning of GpuModel::codename
    std::string_view passthrough;        // yes, no, unsure
    std::string_view passthrough_linux;  // how, or why not
    std::string_view sriov_linux;        // drivers that make functions; "none"
    std::string_view sriov_esxi;
};

constexpr Generation generations[] = {
#include "generations.inc"
};

const Generation* find_generation(std::string_view codename)
{
    const auto found = std::ranges::find_if(
        generations, [&](const Generation& generation) { return codename.starts_with(generation.codename); });
    return found == std::end(generations) ? nullptr : &*found;
}

Mode passthrough_of(const GpuModel& gpu, const Generation& generation, bool esxi)
{
    const bool possible = generation.passthrough == "yes";
    if (generation.passthrough == "unsure")
        return {possible, fmt::format("{}: not confirmed to work: {}", gpu.codename, generation.passthrough_linux)};
    if (!possible)
        return {possible, fmt::format("{}: {}", gpu.codename, generation.passthrough_linux)};
    if (!esxi)
        return {possible, fmt::format("the whole GPU goes to one VM: {}", generation.passthrough_linux)};
    if (generation.codename == "Tiger Lake")
        return {possible,
                "the whole GPU goes to one VM (seen to compute in a Linux guest of ESXi 7, without a picture on "
                "the ports)"};
    return {possible, "the whole GPU goes to one VM, when ESXi lists it as passthrough capable"};
}

Mode gvtg_of(const GpuModel& gpu, bool esxi)
{
    if (gpu.gvtg == "no")
        return {false, fmt::format("{} has no GVT-g; Broadwell to Comet Lake have it", gpu.codename)};
    if (esxi)
        return {false, fmt::format("{} has GVT-g under Linux with KVM; ESXi has no GVT-g", gpu.codename)};
    const std::string how = "needs i915.enable_gvt=1, the module kvmgt, Linux 4.16 and QEMU 2.12 or newer";
    if (gpu.gvtg == "partial")
        return {true, fmt::format("in the driver's code for {}, advised for Linux guests only; {}", gpu.codename, how)};
    return {true, how};
}

/// "7 functions", "63 functions (not confirmed)", "functions (see sriov_totalvfs)".
std::string function_count(std::string_view vfs)
{
    if (vfs == "?")
        return "virtual functions (their number stands in sriov_totalvfs)";
    if (vfs.ends_with('?'))
        return fmt::format("{} virtual functions (number not confirmed)", vfs.substr(0, vfs.size() - 1));
    return fmt::format("{} virtual functions", vfs);
}

Mode sriov_of(const GpuModel& gpu, const Generation& generation, bool esxi)
{
    if (gpu.sriov_vfs == "0" || generation.sriov_linux == "none")
        return {false, fmt::format("no driver makes virtual functions of this {} GPU", gpu.codename)};
    const std::string on_linux = fmt::format("{} with {}", function_count(gpu.sriov_vfs), generation.sriov_linux);
    if (!esxi)
        return {true, on_linux};
    if (generation.sriov_esxi == "none")
        return {false, fmt::format("ESXi has no SR-IOV driver for {}; Linux makes {}", gpu.codename, on_linux)};
    return {true,
            fmt::format("reported with {} only, not confirmed for every {}", generation.sriov_esxi, gpu.codename)};
}

Modes unknown_gpu(const PciId& id)
{
    const std::string whole = "the whole GPU goes to one VM, when the host lets it go";
    if (id.vendor != 0x8086)
        return {{true, whole},
                {false, "GVT-g is for Intel GPUs only"},
                {false, fmt::format("not known for {}: only Intel GPUs are in the table", to_string(id))}};
    const std::string unknown = fmt::format("not known: {} is not in the GPU table", to_string(id));
    return {{true, whole}, {false, unknown}, {false, unknown}};
}

}  // namespace

Modes modes_of(const PciId& id, std::string_view platform)
{
    const GpuModel* gpu = find_gpu_model(id);
    const Generation* generation = gpu ? find_generation(gpu->codename) : nullptr;
    if (!generation)
        return unknown_gpu(id);
    const bool esxi = platform == "esxi";
    return {passthrough_of(*gpu, *generation, esxi), gvtg_of(*gpu, esxi), sriov_of(*gpu, *generation, esxi)};
}

}  // namespace gpupass
