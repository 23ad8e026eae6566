#include "cli/inspect_view.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gpupass::cli {

namespace {

std::string known(const std::optional<bool>& value, const char* yes, const char* no)
{
    return value ? (*value ? yes : no) : "unknown";
}

std::string number(const std::optional<std::int64_t>& value, const char* unit)
{
    return value ? fmt::format("{}{}", *value, unit) : "unknown";
}

std::string uptime(const Boot& boot)
{
    const auto hours = boot.uptime_s / 3600;
    return hours >= 48 ? fmt::format("up {} days", hours / 24)
                       : fmt::format("up {} h {:02} min", hours, boot.uptime_s / 60 % 60);
}

void add_if(std::vector<std::string>& parts, const std::string& value, const std::string& text)
{
    if (!value.empty())
        parts.push_back(text);
}

std::string host_text(const InspectView& view, const Paint& paint)
{
    const HostFacts& f = view.facts;
    std::vector<std::string> about{fmt::format("{} {}", f.kind == "esxi" ? "VMware ESXi" : "Linux", f.version)};
    add_if(about, f.build, "build " + f.build);
    add_if(about, f.model, f.model);
    add_if(about, f.licence, f.licence + " licence");
    std::vector<std::string> state{"IOMMU " + known(f.iommu, "on", "off"),
                                   "console on " + (f.console_gpu ? to_string(*f.console_gpu) : "no GPU"),
                                   "memory " + number(f.memory_mb, " MB")};
    if (f.kind == "esxi")
        state.push_back("still reservable " + number(f.memory_reservable_mb, " MB"));
    if (f.boot)
        state.push_back(uptime(*f.boot));
    if (f.maintenance == true)
        state.push_back("in maintenance mode");
    return fmt::format("{}  {}\n  {}\n", paint(Colour::bold, printable(f.name)),
                       printable(fmt::format("{}", fmt::join(about, ", "))), fmt::join(state, ", "));
}

Colour colour_of(const std::string& state)
{
    if (state == "active")
        return Colour::green;
    return state == "pending" ? Colour::yellow : Colour::none;
}

std::string held_by(const InspectView& view, const GpuView& gpu)
{
    if (gpu.vm)
        return "VM " + *gpu.vm;
    if (view.facts.console_gpu == gpu.device->address)
        return "the host's console";
    if (gpu.owner == "passthrough")
        return "nobody, ready for a VM";
    const PciDevice& device = *gpu.device;
    if (!device.holders.empty())
        return fmt::format("{}, open in {}", device.driver, printable(fmt::format("{}", fmt::join(device.holders, ", "))));
    if (view.facts.kind == "linux")
        return device.driver.empty() ? "nobody" : "the host's driver " + device.driver;
    return gpu.owner.empty() ? "unknown" : "the host";
}

std::string mode_text(const char* name, const Mode& mode, const Paint& paint, std::size_t width)
{
    const std::string line = fmt::format("{}: {}", mode.possible ? "yes" : "no", printable(mode.why));
    return fmt::format("      {} {}\n", paint(Colour::dim, fmt::format("{:<12}", name)), wrap(line, width, 19));
}

std::string group_text(const PciDevice& device)
{
    std::vector<std::string> names;
    if (device.iommu_group && device.group.empty())
        return fmt::format("      alone in IOMMU group {}\n", *device.iommu_group);
    for (const PciAddress& address : device.group)
        names.push_back(to_string(address));
    if (device.iommu_group)
        return fmt::format("      in IOMMU group {} with {}\n", *device.iommu_group, fmt::join(names, ", "));
    return names.empty() ? "" : fmt::format("      goes along with it: {}\n", fmt::join(names, ", "));
}

std::string gpu_block(const InspectView& view, const GpuView& gpu, const Paint& paint, std::size_t width)
{
    const std::string what =
        gpu.generation.empty() || gpu.name.contains(gpu.generation) ? gpu.name : fmt::format("{} ({})", gpu.name, gpu.generation);
    Table line;
    line.indent = 2;
    line.header = {"GPU", "ID", "NAME", "STATE", "HELD BY"};
    line.rows = {{{to_string(gpu.device->address), Colour::bold}, {to_string(gpu.device->id)}, {what},
                  {gpu.state, colour_of(gpu.state)}, {held_by(view, gpu)}}};
    const auto colour = gpu.assignable.possible ? Colour::green : Colour::yellow;
    return line.render(paint) + "      " + paint(colour, wrap(printable(gpu.assignable.why), width, 6)) + "\n" +
           group_text(*gpu.device) + mode_text("passthrough", gpu.modes.passthrough, paint, width) +
           mode_text("GVT-g", gpu.modes.gvtg, paint, width) + mode_text("SR-IOV", gpu.modes.sriov, paint, width);
}

std::string devices_text(const Vm& vm)
{
    std::vector<std::string> names;
    for (const VmDevice& device : vm.devices)
        if (device.present)
            names.push_back(device.address ? to_string(*device.address) : device.id_text);
    return fmt::format("{}", fmt::join(names, " "));
}

std::string vms_text(const HostFacts& facts, const Paint& paint)
{
    Table table;
    table.indent = 2;
    table.header = {"VM", "POWER", "GUEST", "MEMORY", "RESERVED", "VIOMMU", "SNAPSHOTS", "DEVICES"};
    for (const Vm& vm : facts.vms)
        table.rows.push_back({{vm.name, Colour::bold},
                              {to_string(vm.power), vm.power == Power::on ? Colour::green : Colour::none},
                              {vm.guest_os},
                              {number(vm.memory_mb, " MB")},
                              {number(vm.memory_reserved_mb, " MB")},
                              {known(vm.viommu, "on", "off")},
                              {vm.snapshots ? std::to_string(*vm.snapshots) : "unknown"},
                              {vm.unreadable.empty() ? devices_text(vm) : "unreadable: " + vm.unreadable}});
    if (facts.vms.empty())
        return facts.vm_manager.empty() ? "  no VMs\n" : "";
    return table.render(paint);
}

std::string unknown_text(const HostFacts& facts)
{
    std::string out;
    for (const std::string& line : facts.unknown)
        out += "  could not be read: " + printable(line) + "\n";
    return out.empty() ? out : "\n" + out;
}

Colour colour_of(Severity severity)
{
    if (severity == Severity::error)
        return Colour::red;
    return severity == Severity::warning ? Colour::yellow : Colour::blue;
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings, const Paint& paint, std::size_t width)
{
    std::string out;
    for (const Finding& finding : findings) {
        out += fmt::format("  {} {} [{}]\n", paint(colour_of(finding.severity), to_string(finding.severity) + ":"),
                           printable(finding.title), finding.id);
        if (!finding.cause.empty())
            out += "      cause: " + wrap(printable(finding.cause), width, 13) + "\n";
        for (const std::string& fix : finding.fix)
            out += "      fix:   " + wrap(printable(fix), width, 13) + "\n";
        for (const Evidence& line : finding.evidence)
            out += fmt::format("      seen:  {}{}: {}\n", printable(line.source),
                               line.line > 0 ? ":" + std::to_string(line.line) : "", printable(line.text));
    }
    return out;
}

std::string inspect_text(const InspectView& view, const Paint& paint, std::size_t width)
{
    std::string out = host_text(view, paint) + "\n";
    for (const GpuView& gpu : view.gpus)
        out += gpu_block(view, gpu, paint, width) + "\n";
    if (view.gpus.empty())
        out += "  no GPU is visible to this host\n\n";
    out += vms_text(view.facts, paint);
    if (!view.facts.findings.empty())
        out += "\n" + findings_text(view.facts.findings, paint, width);
    return out + unknown_text(view.facts);
}

}  // namespace gpupass::cli
