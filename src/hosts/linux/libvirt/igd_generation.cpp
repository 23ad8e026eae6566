#include "hosts/linux/libvirt/igd_parts.hpp"

#include "knowledge/gpu_table.hpp"

namespace gpupass::linux_host {

namespace {

constexpr std::uint16_t intel = 0x8086;
constexpr std::string_view generation_mark = "qemu_igd_gen=";

/// The generation that QEMU computes from the id, as the table's notes have it: "9", "12", "-1".
std::string_view qemu_generation(std::string_view notes)
{
    const auto begin = notes.find(generation_mark);
    if (begin == std::string_view::npos)
        return {};
    const std::string_view rest = notes.substr(begin + generation_mark.size());
    return rest.substr(0, rest.find(';'));
}

}  // namespace

IgdEra igd_era(const PciId& id)
{
    const GpuModel* model = find_gpu_model(id);
    const std::string_view generation = model ? qemu_generation(model->notes) : std::string_view{};
    if (generation.empty())
        return IgdEra::unknown;
    if (generation == "6" || generation == "7")
        return IgdEra::gen6_to_7;
    if (generation == "8" || generation == "9")
        return IgdEra::gen8_to_9;
    if (generation == "11" || generation == "12")
        return IgdEra::gen11_12;
    return model->codename == "Cannon Lake" ? IgdEra::unusable : IgdEra::newer;
}

std::string igd_name(const PciId& id)
{
    const GpuModel* model = find_gpu_model(id);
    return model ? std::string{model->codename} : "GPU " + to_string(id);
}

bool is_discrete(const PciId& id)
{
    const GpuModel* model = find_gpu_model(id);
    return model && model->notes.contains("discrete");
}

bool is_igpu(const PciAddress& address, const PciId& id)
{
    return address == igd_address && id.vendor == intel && !is_discrete(id);
}

}  // namespace gpupass::linux_host
