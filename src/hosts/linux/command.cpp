#include "hosts/linux/command.hpp"

#include "hosts/linux/keys.hpp"
#include "transport/script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace gpupass::linux_host {

namespace {

using Lines = std::vector<std::string>;

void add_binding(Lines& out, const HostFacts& facts, const Binding& binding)
{
    const std::string folder = "/sys/bus/pci/devices/" + to_string(binding.device);
    out.push_back(fmt::format("echo {} > {}/driver_override", binding.override_with.empty() ? "" : quote_word(binding.override_with), folder));
    const PciDevice* device = find_device(facts, binding.device);
    if (device && !device->driver.empty())
        out.push_back(fmt::format("echo {} > {}/driver/unbind", to_string(binding.device), folder));
    if (binding.driver != "")
        out.push_back(fmt::format("echo {} > /sys/bus/pci/drivers_probe", to_string(binding.device)));
}

Lines lines_of(const BindDrivers& change, const HostFacts& facts)
{
    Lines out;
    if (std::ranges::any_of(change.bindings, [](const Binding& b) { return b.override_with == vfio_driver; }))
        out.push_back("modprobe vfio-pci");
    for (const Binding& binding : change.bindings)
        add_binding(out, facts, binding);
    return out;
}

Lines lines_of(const ChangeHostdevs& change, const HostFacts&)
{
    Lines out;
    for (const PciAddress& device : change.remove)
        out.push_back(fmt::format("virsh detach-device {} {}.xml --config", quote_word(change.vm), to_string(device)));
    for (const PciAddress& device : change.add)
        out.push_back(fmt::format("virsh attach-device {} {}.xml --config", quote_word(change.vm), to_string(device)));
    return out;
}

Lines lines_of(const StopVms& change, const HostFacts&)
{
    Lines out;
    for (const std::string& vm : change.ask)
        out.push_back("virsh shutdown " + quote_word(vm));
    for (const std::string& vm : change.cut)
        out.push_back("virsh destroy " + quote_word(vm));
    return out;
}

Lines lines_of(const StartVms& change, const HostFacts&)
{
    Lines out;
    for (const std::string& vm : change.vms)
        out.push_back("virsh start " + quote_word(vm));
    return out;
}

Lines lines_of(const SetService& change, const HostFacts&)
{
    return {fmt::format("systemctl {} {}", change.active ? "start" : "stop", quote_word(change.unit))};
}

Lines lines_of(const SetConsole& change, const HostFacts&)
{
    return {fmt::format("echo {} > /sys/class/vtconsole/{}/bind", change.bound ? 1 : 0, quote_word(change.name))};
}

Lines lines_of(const ChangeFiles& change, const HostFacts&)
{
    Lines out;
    for (const FileChange& file : change.files)
        out.push_back((file.content ? "write " : "rm ") + quote_word(file.path));
    for (const auto& vector : change.then)
        out.push_back(fmt::format("{}", fmt::join(vector, " ")));
    return out;
}

Lines lines_of(const RebootHost& change, const HostFacts&)
{
    Lines out;
    for (const auto& vector : change.first)
        out.push_back(fmt::format("{}", fmt::join(vector, " ")));
    out.push_back("systemctl reboot");
    return out;
}

/// Changes of other platforms.
template <class Other>
Lines lines_of(const Other&, const HostFacts&)
{
    return {};
}

}  // namespace

std::string render_command(const Step& step, const HostFacts& facts)
{
    const Lines lines = std::visit([&](const auto& change) { return lines_of(change, facts); }, step.change);
    return fmt::format("{}", fmt::join(lines, "; "));
}

}  // namespace gpupass::linux_host
