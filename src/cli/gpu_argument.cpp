#include "cli/gpu_argument.hpp"

#include "cli/text.hpp"
#include "knowledge/gpu_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gpupass::cli {

namespace {

std::string list_of_gpus(const HostFacts& facts)
{
    std::vector<std::string> names;
    for (const PciDevice* gpu : gpus(facts))
        names.push_back(gpu_text(*gpu));
    return names.empty() ? "this host shows no GPU; is it turned on in the firmware setup?"
                         : fmt::format("GPUs of this host: {}", fmt::join(names, ", "));
}

Result<PciAddress> only_one(const std::vector<const PciDevice*>& found, const std::string& none,
                            const std::string& many, const HostFacts& facts)
{
    if (found.empty())
        return fail(ErrorKind::not_found, none, list_of_gpus(facts));
    if (found.size() > 1)
        return fail(ErrorKind::usage, many, "name one by its address; " + list_of_gpus(facts));
    return found.front()->address;
}

Result<PciAddress> by_id(const HostFacts& facts, const PciId& id)
{
    auto found = gpus(facts);
    std::erase_if(found, [&](const PciDevice* gpu) { return gpu->id != id; });
    return only_one(found, fmt::format("no GPU has the id {}", to_string(id)),
                    fmt::format("{} GPUs have the id {}", found.size(), to_string(id)), facts);
}

Result<PciAddress> by_address(const HostFacts& facts, const PciAddress& address)
{
    const PciDevice* device = find_device(facts, address);
    if (!device)
        return fail(ErrorKind::not_found, fmt::format("no PCI device has the address {}", to_string(address)),
                    list_of_gpus(facts));
    if (!device->is_display())
        return fail(ErrorKind::blocked,
                    fmt::format("{} is no GPU: {}", to_string(address), printable(device_name(*device))),
                    list_of_gpus(facts));
    return address;
}

}  // namespace

std::string device_name(const PciDevice& device)
{
    const GpuModel* model = find_gpu_model(device.id);
    if (model && !model->name.empty())
        return std::string{model->name};
    return device.device_name.empty() ? "PCI device " + to_string(device.id) : device.device_name;
}

std::string gpu_text(const PciDevice& gpu)
{
    return fmt::format("{} ({})", to_string(gpu.address), printable(device_name(gpu)));
}

Result<PciAddress> choose_gpu(const HostFacts& facts, std::string_view text)
{
    if (text == "auto") {
        const auto found = gpus(facts);
        return only_one(found, "this host shows no GPU",
                        fmt::format("auto is not clear: this host has {} GPUs", found.size()), facts);
    }
    if (const auto address = parse_pci_address(text))
        return by_address(facts, *address);
    if (const auto id = parse_pci_id(text))
        return by_id(facts, *id);
    return fail(ErrorKind::usage, fmt::format("`{}` names no GPU", printable(text)),
                "write an address as 0000:00:02.0, an id as 8086:9a49, or auto; " + list_of_gpus(facts));
}

}  // namespace gpupass::cli
