#include "guest/linux/checks.hpp"

#include "knowledge/gpu_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace gpupass::guest {

namespace {

/// The cards that hypervisors make: a guest's own, never what was passed through, unless it is named.
constexpr PciId virtual_cards[] = {{0x15ad, 0x0405}, {0x15ad, 0x0710}, {0x1234, 0x1111}, {0x1b36, 0x0100}, {0x1af4, 0x1050},
                                   {0x1013, 0x00b8}, {0x1414, 0x5353}, {0x80ee, 0xbeef}};
/// Drivers that show pictures and nothing else: without render node, engines and video.
constexpr std::array display_only = {"bochs-drm", "bochs", "cirrus", "cirrus-qemu", "ast", "mgag200", "qxl", "vboxvideo", "simpledrm", "hyperv_drm"};
constexpr std::array foreign_drivers = {"vfio-pci", "pci-stub"};

template <std::size_t count>
bool is_one_of(const std::string& word, const std::array<const char*, count>& words)
{
    return std::ranges::any_of(words, [&](const char* one) { return word == one; });
}

bool is_virtual(const DisplayFunction& function)
{
    return std::ranges::find(virtual_cards, function.id) != std::end(virtual_cards);
}

std::string name_of(const PciId& id)
{
    const GpuModel* model = find_gpu_model(id);
    return model ? fmt::format("{} {}", model->codename, model->name) : "";
}

std::string text_of(const DisplayFunction& function)
{
    const std::string name = name_of(function.id);
    return fmt::format("{} {}{}", to_string(function.address), to_string(function.id), name.empty() ? "" : fmt::format(" ({})", name));
}

std::string list_of(const std::vector<const DisplayFunction*>& functions)
{
    std::vector<std::string> texts;
    for (const DisplayFunction* function : functions)
        texts.push_back(text_of(*function));
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

bool is_wanted(const DisplayFunction& function, const Request& request)
{
    if (request.address)
        return function.address == *request.address;
    return request.id ? function.id == *request.id : function.is_display() && !is_virtual(function);
}

std::vector<const DisplayFunction*> candidates(const LinuxFacts& facts, const Request& request)
{
    std::vector<const DisplayFunction*> found;
    for (const DisplayFunction& function : facts.functions)
        if (is_wanted(function, request))
            found.push_back(&function);
    std::ranges::stable_sort(found, [](const auto* a, const auto* b) { return a->is_display() > b->is_display(); });
    return found;
}

std::string what_was_wanted(const Request& request)
{
    if (request.address)
        return to_string(*request.address);
    return request.id ? to_string(*request.id) : "GPU";
}

Check no_gpu(const LinuxFacts& facts, const Request& request)
{
    std::vector<const DisplayFunction*> all;
    for (const DisplayFunction& function : facts.functions)
        if (function.is_display())
            all.push_back(&function);
    const bool only_virtual = !all.empty() && std::ranges::all_of(all, [](const auto* f) { return is_virtual(*f); });
    return {.id = "pci-present", .result = "fail",
            .detail = fmt::format("there is no {} in this machine; its display devices are: {}{}", what_was_wanted(request), list_of(all), only_virtual ? ", made by the hypervisor" : ""),
            .fix = "give the VM the GPU from its host: `gpupass attach GPU --vm VM --start`"};
}

/// Kernel 5.19 and newer tell the time of i915's engines; xe and amdgpu came with it.
bool counts_engine_time(const std::string& driver, const std::string& kernel)
{
    int major = 0;
    int minor = 0;
    const auto [end, error] = std::from_chars(kernel.data(), kernel.data() + kernel.size(), major);
    if (error == std::errc{} && end != kernel.data() + kernel.size() && *end == '.')
        std::from_chars(end + 1, kernel.data() + kernel.size(), minor);
    const bool newer = major > 5 || (major == 5 && minor >= 19);
    const bool xe_counts = major > 6 || (major == 6 && minor >= 11);
    return (newer && (driver == "i915" || driver == "amdgpu")) || (xe_counts && driver == "xe");
}

std::string driver_fix(const LinuxFacts& facts, const DisplayFunction& gpu)
{
    if (facts.command_line.find("nomodeset") != std::string::npos)
        return "remove nomodeset from the guest's kernel command line and reboot";
    const GpuModel* model = find_gpu_model(gpu.id);
    if (model)
        return fmt::format("load its driver ({}): look for a blacklist in /etc/modprobe.d, for a kernel that is too old for this chip, and for `linux-modules-extra` or a cloud kernel without graphics drivers", model->driver);
    return gpu.id.vendor == 0x10de ? "install NVIDIA's driver for this card" : "install or load this card's driver";
}

Check driver_check(const LinuxFacts& facts, const DisplayFunction& gpu)
{
    if (gpu.driver.empty())
        return {.id = "driver-bound", .result = "fail", .detail = fmt::format("no driver has {}", text_of(gpu)), .fix = driver_fix(facts, gpu)};
    if (is_one_of(gpu.driver, foreign_drivers))
        return {.id = "driver-bound", .result = "fail", .detail = fmt::format("{} has it, which gives it away and does not use it", gpu.driver),
                .fix = "remove what binds it (vfio-pci.ids= on the kernel command line, /etc/modprobe.d), then reboot"};
    return {.id = "driver-bound", .result = "pass", .detail = gpu.driver};
}

const NodeFacts* render_node(const DisplayFunction& gpu)
{
    const auto found = std::ranges::find_if(gpu.nodes, [](const NodeFacts& node) { return node.name.rfind("renderD", 0) == 0; });
    return found == gpu.nodes.end() ? nullptr : &*found;
}

Check access_check(const LinuxFacts& facts, const NodeFacts& node)
{
    if (node.open_error == 0)
        return {.id = "node-access", .result = "pass", .detail = fmt::format("{} may open it", facts.user)};
    Check check{.id = "node-access", .result = "fail"};
    check.detail = fmt::format("{} may not open /dev/dri/{} ({}): it belongs to {}, mode {:04o}, and {} is in {}", facts.user, node.name,
                               std::strerror(node.open_error), node.owner, node.mode, facts.user, fmt::join(facts.groups, ", "));
    const bool member = std::ranges::find(facts.groups, node.group) != facts.groups.end();
    check.fix = member ? "look at the mode and the ACL of the node (`getfacl`), and at the container or service that runs this"
                       : fmt::format("`sudo usermod -aG {} {}`, then log in again (a systemd service: SupplementaryGroups={})", node.group, facts.user, node.group);
    return check;
}

std::vector<Check> node_checks(const LinuxFacts& facts, const DisplayFunction& gpu)
{
    const NodeFacts* node = render_node(gpu);
    if (gpu.driver.empty())
        return {{.id = "node-render", .result = "skip", .detail = "without a driver there is no render node"}};
    if (!node && is_one_of(gpu.driver, display_only))
        return {{.id = "node-render", .result = "skip", .detail = fmt::format("{} has no render node: it shows pictures and computes nothing", gpu.driver)}};
    if (!node)
        return {{.id = "node-render", .result = "fail", .detail = fmt::format("{} made no render node for it", gpu.driver),
                 .fix = "look at the guest's kernel log for why the driver stopped (`gpupass diagnose`)"}};
    if (!node->exists)
        return {{.id = "node-render", .result = "fail", .detail = fmt::format("/dev/dri/{} is missing, though the driver made it", node->name),
                 .fix = "give the container its device (--device /dev/dri), or let udev make it"}};
    return {{.id = "node-render", .result = "pass", .detail = "/dev/dri/" + node->name}, access_check(facts, *node)};
}

std::string connector_text(const Connector& connector)
{
    if (connector.modes.empty())
        return fmt::format("{} is {}", connector.name, connector.status);
    return fmt::format("{} is {}, {} modes, first {}", connector.name, connector.status, connector.modes.size(), connector.modes.front());
}

Check display_check(const DisplayFunction& gpu)
{
    std::vector<std::string> texts;
    bool any = false;
    for (const Connector& connector : gpu.connectors) {
        texts.push_back(connector_text(connector));
        any = any || connector.status == "connected";
    }
    if (any)
        return {.id = "display-connectors", .result = "pass", .detail = fmt::format("{}", fmt::join(texts, "; "))};
    return {.id = "display-connectors", .result = "skip",
            .detail = gpu.connectors.empty() ? "it has no outputs, as is usual for a GPU that was passed through for computing"
                                             : fmt::format("no screen is connected ({}): computing needs none", fmt::join(texts, "; "))};
}

Gpu gpu_of(const LinuxFacts& facts, const DisplayFunction& function)
{
    return {.address = function.address, .id = function.id, .name = name_of(function.id), .driver = function.driver,
            .execution_units = function.execution_units, .clock_mhz = function.highest_mhz.value_or(0),
            .engine_times_expected = counts_engine_time(function.driver, facts.kernel),
            .has_video_engine = !function.driver.empty() && !is_one_of(function.driver, display_only)};
}

void check_gpu(const LinuxFacts& facts, const DisplayFunction& gpu, PlatformReport& report)
{
    report.gpu = gpu_of(facts, gpu);
    report.checks.push_back({.id = "pci-present", .result = "pass", .detail = text_of(gpu)});
    report.checks.push_back(driver_check(facts, gpu));
    std::ranges::move(check_kernel_log(facts, gpu), std::back_inserter(report.checks));
    std::ranges::move(node_checks(facts, gpu), std::back_inserter(report.checks));
    if (!gpu.driver.empty())
        report.checks.push_back(display_check(gpu));
}

}  // namespace

PlatformReport check_linux(const LinuxFacts& facts, const Request& request)
{
    PlatformReport report{.gpu = {}, .system = facts.system, .checks = {}};
    const auto found = candidates(facts, request);
    if (found.empty())
        report.checks.push_back(no_gpu(facts, request));
    else if (found.size() > 1 && !request.address && !request.id)
        report.checks.push_back({.id = "pci-present", .result = "fail", .detail = fmt::format("there are several GPUs: {}", list_of(found)),
                                 .fix = fmt::format("name one: --device {}", to_string(found.front()->address))});
    else
        check_gpu(facts, *found.front(), report);
    return report;
}

}  // namespace gpupass::guest
