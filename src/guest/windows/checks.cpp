#include "guest/windows/checks.hpp"

#include "knowledge/gpu_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gpupass::guest {

namespace {

/// The cards that hypervisors make, and Microsoft's own.
constexpr PciId virtual_cards[] = {{0x15ad, 0x0405}, {0x1b36, 0x0100}, {0x1234, 0x1111}, {0x1af4, 0x1050}, {0x80ee, 0xbeef}, {0x1414, 0x5353}};
constexpr std::uint32_t disabled = 22;

bool is_hardware(const DisplayDevice& device)
{
    return device.id && device.id->vendor != 0x1414 && std::ranges::find(virtual_cards, *device.id) == std::end(virtual_cards);
}

bool is_wanted(const DisplayDevice& device, const Request& request)
{
    if (request.address)
        return device.address == request.address;
    return request.id ? device.id == request.id : is_hardware(device);
}

std::string text_of(const DisplayDevice& device)
{
    return fmt::format("{}{}{}", device.name, device.id ? " " + to_string(*device.id) : "", device.address ? " at " + to_string(*device.address) : "");
}

std::string list_of(const std::vector<DisplayDevice>& devices)
{
    std::vector<std::string> texts;
    for (const DisplayDevice& device : devices)
        texts.push_back(text_of(device));
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

Check problem_check(const DisplayDevice& gpu)
{
    Check check{.id = "driver-problem", .result = gpu.problem == 0 ? "pass" : "fail", .detail = "", .value = gpu.problem, .unit = "code"};
    if (gpu.problem == 0) {
        check.detail = gpu.started ? "no problem; it is started" : "no problem, and not started";
        check.result = gpu.started ? "pass" : "warn";
        return check;
    }
    const Problem* problem = find_problem(gpu.problem);
    check.detail = problem ? problem->meaning : "a problem that has no explanation here";
    check.fix = problem ? problem->fix : "look it up in the device manager";
    return check;
}

Check version_check(const DisplayDevice& gpu)
{
    if (gpu.driver_version.empty())
        return {.id = "driver-version", .result = "skip", .detail = "the driver's version cannot be read"};
    Check check{.id = "driver-version", .result = "pass", .detail = fmt::format("{} {} of {}", gpu.driver_provider, gpu.driver_version, gpu.driver_date)};
    if (gpu.driver_provider == "Microsoft") {
        check.result = "warn";
        check.detail += ": Microsoft's basic driver shows pictures and computes nothing";
        check.fix = "install the GPU maker's driver";
    }
    return check;
}

Gpu gpu_of(const DisplayDevice& device)
{
    const GpuModel* model = device.id ? find_gpu_model(*device.id) : nullptr;
    return {.address = device.address.value_or(PciAddress{}), .id = device.id.value_or(PciId{}),
            .name = model ? fmt::format("{} {}", model->codename, model->name) : device.name, .driver = device.driver_provider};
}

}  // namespace

PlatformReport check_displays(const std::vector<DisplayDevice>& displays, const Request& request)
{
    PlatformReport report{.gpu = {}, .system = "windows", .checks = {}};
    std::vector<DisplayDevice> found;
    std::ranges::copy_if(displays, std::back_inserter(found), [&](const DisplayDevice& device) { return is_wanted(device, request); });
    if (found.empty()) {
        report.checks.push_back({.id = "pci-present", .result = "fail", .detail = fmt::format("no such GPU is in this machine; its display devices are: {}", list_of(displays)),
                                 .fix = "give the VM the GPU from its host: `gpupass attach GPU --vm VM --start`"});
        return report;
    }
    if (found.size() > 1 && !request.address && !request.id) {
        report.checks.push_back({.id = "pci-present", .result = "fail", .detail = fmt::format("there are several GPUs: {}", list_of(found)), .fix = "name one: --device ADDRESS|ID"});
        return report;
    }
    report.gpu = gpu_of(found.front());
    report.checks = {{.id = "pci-present", .result = "pass", .detail = text_of(found.front())}, problem_check(found.front()), version_check(found.front())};
    return report;
}

std::string why_not_disable(const std::vector<DisplayDevice>& displays, const std::string& instance)
{
    const auto device = std::ranges::find(displays, instance, &DisplayDevice::instance);
    if (device == displays.end())
        return "the device is not there";
    const bool another = std::ranges::any_of(displays, [&](const DisplayDevice& other) { return other.instance != instance && other.started && other.problem != disabled; });
    return another ? "" : "it is the only enabled display adapter";
}

}  // namespace gpupass::guest
