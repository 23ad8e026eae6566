#include "hosts/linux/consoles.hpp"

#include "hosts/linux/boot/lines.hpp"
#include "hosts/linux/boot/pci_attributes.hpp"
#include "hosts/linux/each.hpp"
#include "hosts/linux/keys.hpp"

#include <algorithm>

namespace gpupass::linux_host {

namespace {

bool has_bound_console(const HostFacts& facts)
{
    return std::ranges::any_of(facts.settings, [](const auto& setting) { return setting.first.starts_with("console.") && setting.second.effective == "bound"; });
}

bool has_framebuffer_inside(const boot::Iomem& iomem, std::string_view resource)
{
    const auto bars = boot::parse_resource(resource);
    return bars && std::ranges::any_of(*bars, [&](const boot::Bar& bar) {
        const auto found = bar.is_io ? std::nullopt : boot::framebuffers(iomem, bar.start, bar.last());
        return found && !found->empty();
    });
}

}  // namespace

/// Of several framebuffers the first one counts.
void add_consoles(HostFacts& facts, std::string_view framebuffers, std::string_view vtconsoles)
{
    const auto drawing = parse_each(framebuffers);
    for (const Entry& entry : drawing ? *drawing : std::vector<Entry>{})
        if (const auto address = parse_pci_address(entry.link("device")); address && !facts.console_gpu && entry.name.starts_with("fb"))
            facts.console_gpu = address;
    const auto consoles = parse_each(vtconsoles);
    for (const Entry& entry : consoles ? *consoles : std::vector<Entry>{})
        if (entry.text("name").contains("frame buffer")) {
            const std::string state = entry.text("bind") == "1" ? "bound" : "free";
            facts.settings[console_key(entry.name)] = {state, state};
        }
    if (!has_bound_console(facts))
        facts.console_gpu.reset();
}

std::vector<std::string> firmware_framebuffer_devices()
{
    std::vector<std::string> paths;
    for (const std::string name : {"efi-framebuffer", "simple-framebuffer", "vesa-framebuffer"})
        paths.push_back("/sys/bus/platform/drivers/" + name + "/" + name + ".0");
    return paths;
}

void add_firmware_framebuffers(HostFacts& facts, const boot::Iomem& iomem, std::string_view pci, std::string_view devices)
{
    const auto entries = parse_each(pci);
    for (const Entry& entry : entries ? *entries : std::vector<Entry>{}) {
        const auto address = parse_pci_address(entry.name);
        const PciDevice* device = address ? find_device(facts, *address) : nullptr;
        if (!device || !device->is_display() || device->class_code == 0x0300 || !has_framebuffer_inside(iomem, entry.text("resource")))
            continue;
        if (!facts.console_gpu)
            facts.console_gpu = device->address;
        while (!devices.empty())
            if (const auto path = boot::take_line(devices); !path.empty())
                facts.settings[console_key(path.substr(path.find_last_of('/') + 1))] = {"bound", "bound"};
    }
}

}  // namespace gpupass::linux_host
