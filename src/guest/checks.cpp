#include "guest/advice.hpp"
#include "guest/expectation.hpp"
#include "guest/judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

// Which device of an API is the GPU: the one whose driver tells its address, or, where a driver tells none, the one whose
// work made that GPU's engines run. Never the first of a list. What claims to be the GPU while its engines did nothing is
// another device.

namespace gpupass::guest {

namespace {

constexpr double half = 0.5;

std::string title_of(const std::string& api)
{
    if (api == "opencl")
        return "OpenCL";
    if (api == "vulkan")
        return "Vulkan";
    return api == "vaapi" ? "VA-API" : "Direct3D 12";
}

/// Ids begin with words of the contract, which has none for Direct3D.
std::string prefix_of(const std::string& api) { return api == "d3d12" ? "windows" : api; }

bool is_gpu(const ApiDevice& device, const Gpu& gpu)
{
    if (!device.software.empty())
        return false;
    return device.address ? *device.address == gpu.address : engines_grew(device, gpu.address);
}

std::string name_of(const ApiDevice& device)
{
    if (device.platform == "Portable Computing Language")
        return fmt::format("pocl ({})", device.name);
    return device.platform.empty() || device.platform == device.name ? device.name : fmt::format("{} ({})", device.name, device.platform);
}

std::string names_of(const std::vector<const ApiDevice*>& devices)
{
    std::vector<std::string> names;
    for (const ApiDevice* device : devices)
        names.push_back(name_of(*device));
    return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<const ApiDevice*> chosen(const ApiAnswer& answer, bool software)
{
    std::vector<const ApiDevice*> devices;
    for (const ApiDevice& device : answer.devices)
        if (device.software.empty() != software)
            devices.push_back(&device);
    return devices;
}

/// The judge of one answer: what all its checks need.
struct Case {
    const ApiAnswer& answer;
    const PlatformReport& report;
    const Request& request;
    std::string title = title_of(answer.api);
    std::string prefix = prefix_of(answer.api);
    std::vector<Check> checks{};

    Check& add(std::string id, const char* result, std::string detail)
    {
        return checks.emplace_back(Check{.id = std::move(id), .result = result, .detail = std::move(detail)});
    }
};

const ApiDevice* find_gpu(const Case& c)
{
    if (!c.report.gpu)
        return nullptr;
    const auto found = std::ranges::find_if(c.answer.devices, [&](const ApiDevice& device) { return is_gpu(device, *c.report.gpu); });
    return found == c.answer.devices.end() ? nullptr : &*found;
}

Need need_of(const std::string& api)
{
    if (api == "opencl")
        return Need::opencl;
    return api == "vulkan" ? Need::vulkan : Need::vaapi;
}

std::string install_fix(const Case& c)
{
    if (c.answer.api == "d3d12" || !c.report.gpu || c.report.system == "windows")
        return "install the GPU maker's driver";
    return install(need_of(c.answer.api), c.report.gpu->id.vendor, c.report.system);
}

bool node_is_closed(const PlatformReport& report)
{
    return std::ranges::any_of(report.checks, [](const Check& check) { return check.id == "node-access" && check.result == "fail"; });
}

/// Intel's OpenCL driver lists nothing, without a word, when it may not open the node.
void add_no_driver(Case& c)
{
    Check& check = c.add(c.prefix + "-device", "warn", fmt::format("no {} driver answers for this GPU", c.title));
    if (node_is_closed(c.report))
        check.detail += "; drivers say nothing when they may not open the render node";
    else
        check.fix = install_fix(c);
}

/// Why no device of this API is the GPU.
void add_absence(Case& c)
{
    const auto hardware = chosen(c.answer, false);
    const auto software = chosen(c.answer, true);
    if (!c.answer.missing.empty()) {
        c.add(c.prefix + "-device", "warn", c.answer.missing).fix = install_fix(c);
        return;
    }
    const auto broken = std::ranges::find_if(hardware, [](const ApiDevice* device) { return !device->error.empty(); });
    if (broken != hardware.end()) {
        c.add(c.prefix + "-device", "fail", fmt::format("{}: {}", name_of(**broken), (*broken)->error));
        return;
    }
    if (hardware.empty() && software.empty())
        return add_no_driver(c);
    if (hardware.empty())
        c.add(c.prefix + "-device", "warn", fmt::format("only software answers: {}", names_of(software))).fix = install_fix(c);
    else
        c.add(c.prefix + "-device", "warn", fmt::format("{} answers, and it is not the GPU at {}", names_of(hardware), to_string(c.report.gpu->address))).fix =
            install_fix(c);
}

void add_device(Case& c, const ApiDevice& device)
{
    std::string detail = name_of(device) + (device.driver.empty() ? "" : fmt::format(", driver {}", device.driver));
    if (!device.error.empty()) {
        c.add(c.prefix + "-device", "fail", fmt::format("{}: {}", detail, device.error));
        return;
    }
    if (c.report.gpu && device.software.empty() && device.id && *device.id != c.report.gpu->id) {
        c.add(c.prefix + "-device", "fail",
              fmt::format("{} says that it is at {}, but it calls itself {}, and there is a {}", detail, to_string(c.report.gpu->address),
                          to_string(*device.id), to_string(c.report.gpu->id)));
        return;
    }
    const char* how = device.software.empty() ? (device.address ? ", by its PCI address" : ", by the engines it used") : ", software, accepted on request";
    c.add(c.prefix + "-device", "pass", detail + how);
}

void add_computations(Case& c, const ApiDevice& device)
{
    for (const Computation& done : device.computations) {
        const std::string id = done.name == "buffer" ? c.prefix + "-buffer" : fmt::format("{}-compute-{}", c.prefix, done.name);
        c.add(id, done.right ? "pass" : "fail", done.detail);
    }
    if (device.computations.empty() && device.error.empty() && c.answer.ended.empty())
        c.add(c.prefix + "-compute", "fail", fmt::format("{} computed nothing on {}", c.title, device.name));
}

bool is_uncounted(const ApiDevice& device, const PciAddress& address)
{
    if (!device.engine_grew)
        return false;
    const auto grew = device.engine_grew->find(address);
    return grew != device.engine_grew->end() && !grew->second;
}

/// The proof that a liar cannot give: the kernel's own count of this process's work on that PCI function.
void add_engine(Case& c, const ApiDevice& device)
{
    const std::string id = "engine-" + c.answer.api;
    if (!device.software.empty() || device.computations.empty())
        return;
    const Gpu& gpu = *c.report.gpu;
    if (engines_grew(device, gpu.address))
        c.add(id, "pass", fmt::format("the kernel counted work of the engines of {} meanwhile", to_string(gpu.address)));
    else if (!gpu.engine_times_expected || is_uncounted(device, gpu.address))
        c.add(id, "skip", fmt::format("{} does not count the time of its engines here; the address is the driver's word", gpu.driver));
    else
        c.add(id, "fail", fmt::format("{} says that it is the GPU, but the engines of {} did nothing: something else computed", name_of(device), to_string(gpu.address)));
}

const char* unit_of(const std::string& figure)
{
    if (figure == "int32")
        return "GIOPS";
    if (figure == "launch")
        return "us";
    return figure.rfind("fp", 0) == 0 ? "GFLOPS" : "GB/s";
}

void add_figure(Case& c, const ApiDevice& device, const Figure& figure)
{
    const std::string id = fmt::format("speed-{}-{}", c.answer.api, figure.name);
    if (!figure.value) {
        c.add(id, "skip", "not measured: what came before it took too long");
        return;
    }
    Check& check = c.add(id, "pass", "");
    check.value = *figure.value;
    check.unit = unit_of(figure.name);
    const auto expected = c.report.gpu ? expected_figure(*c.report.gpu, device, figure.name) : std::nullopt;
    if (!expected)
        return;
    check.expected = expected->value;
    check.detail = fmt::format("{:.0f} % of what is expected ({})", *figure.value / expected->value * 100, expected->from);
    if (*figure.value >= expected->value * half)
        return;
    check.result = "warn";
    check.fix = figure.name == "bandwidth" ? "give the computer two equal memory modules, and look what else uses the memory"
                                           : "look at the host's power limit, temperature and load, and at the highest clock in the firmware setup";
}

void add_software(Case& c, bool taken)
{
    const auto software = chosen(c.answer, true);
    const std::string id = "software-" + c.answer.api;
    if (software.empty() && !c.answer.missing.empty())
        return;
    if (software.empty())
        c.add(id, "pass", fmt::format("no software renderer answers to {}", c.title));
    else if (taken)
        c.add("software-accepted-" + c.answer.api, "warn", fmt::format("{} computed, as was asked for: it is software, and no GPU took part", names_of(software)));
    else
        c.add(id, find_gpu(c) ? "pass" : "warn", fmt::format("{} is software ({}) and was not taken for the GPU", names_of(software), software.front()->software));
}

void add_end(Case& c)
{
    if (!c.answer.ended.empty())
        c.add(c.prefix + "-process", "fail", fmt::format("{} {}{}", c.title, c.answer.ended, c.answer.doing.empty() ? "" : " while " + c.answer.doing));
}

void add_compute_checks(Case& c)
{
    const ApiDevice* device = find_gpu(c);
    const auto software = chosen(c.answer, true);
    const bool taken = !device && c.request.allow_software && !software.empty();
    if (taken)
        device = software.front();
    add_end(c);
    if (device) {
        add_device(c, *device);
        add_computations(c, *device);
        add_engine(c, *device);
        for (const Figure& figure : device->figures)
            add_figure(c, *device, figure);
    } else if (!c.report.gpu) {
        c.add(c.prefix + "-device", "skip", "there is no GPU to look for").detail += c.answer.missing.empty() ? "" : "; " + c.answer.missing;
    } else if (c.answer.ended.empty()) {
        add_absence(c);
    }
    add_software(c, taken);
}

void add_video(Case& c, const ApiDevice& device)
{
    c.add("vaapi-device", "pass", fmt::format("{}, {}", device.name, device.driver));
    if (device.features.empty())
        c.add("vaapi-profiles", "warn", "the driver offers no profile").fix = install_fix(c);
    else
        c.add("vaapi-profiles", "pass", fmt::format("{}", fmt::join(device.features, " ")));
    for (const Computation& done : device.computations)
        c.add("vaapi-" + done.name, done.right ? "pass" : "fail", done.detail);
}

void add_video_checks(Case& c)
{
    add_end(c);
    if (!c.report.gpu)
        c.add("vaapi-device", "skip", "there is no GPU to look for");
    else if (!c.report.gpu->has_video_engine)
        c.add("vaapi-device", "skip", fmt::format("{} has no video engines", c.report.gpu->driver.empty() ? "this device" : c.report.gpu->driver));
    else if (!c.answer.devices.empty() && c.answer.devices.front().error.empty())
        add_video(c, c.answer.devices.front());
    else if (!c.answer.devices.empty() && !node_is_closed(c.report))
        c.add("vaapi-device", "warn", c.answer.devices.front().error).fix = install_fix(c);
    else if (c.answer.ended.empty())
        add_absence(c);
}

}  // namespace

std::vector<Check> checks_of(const ApiAnswer& answer, const PlatformReport& report, const Request& request)
{
    Case c{answer, report, request};
    if (answer.api == "vaapi")
        add_video_checks(c);
    else
        add_compute_checks(c);
    return std::move(c.checks);
}

}  // namespace gpupass::guest
