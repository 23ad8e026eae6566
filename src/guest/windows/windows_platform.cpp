#include "guest/windows/windows_platform.hpp"

#include "guest/windows/checks.hpp"
#include "guest/windows/parts.hpp"
#include "guest/windows/system.hpp"

#include <algorithm>
#include <future>
#include <iterator>

namespace gpupass::guest {

namespace {

/// wine has an adapter of its own making: nothing that is said of it is about a GPU.
PlatformReport wine_report()
{
    PlatformReport report{.gpu = {}, .system = "windows", .checks = {}};
    for (const char* id : {"pci-present", "driver-problem", "driver-version", "windows-dxgi"})
        report.checks.push_back({.id = id, .result = "skip", .detail = "this is wine, which makes up its display devices"});
    return report;
}

}  // namespace

PlatformReport WindowsPlatform::look(const Request& request)
{
    PlatformReport report = is_wine() ? wine_report() : check_displays(read_displays().value_or(std::vector<DisplayDevice>{}), request);
    if (report.gpu)
        std::ranges::move(check_dxgi(report.gpu->id.vendor, report.gpu->id.device), std::back_inserter(report.checks));
    std::ranges::move(check_system(), std::back_inserter(report.checks));
    return report;
}

std::vector<ApiAnswer> WindowsPlatform::ask(const std::vector<std::string>& apis, const std::vector<std::string>& words,
                                            std::chrono::milliseconds time, bool together)
{
    std::vector<std::future<ApiAnswer>> asked;
    for (const std::string& api : apis) {
        asked.push_back(std::async(std::launch::async, ask_in_process, api, words, time));
        if (!together)
            asked.back().wait();
    }
    std::vector<ApiAnswer> answers;
    for (auto& answer : asked)
        answers.push_back(answer.get());
    return answers;
}

ApiAnswer WindowsPlatform::answer_part(const std::string& api, Wish wish)
{
    if (api == "opencl")
        return ask_opencl(wish);
    if (api == "vulkan")
        return ask_vulkan(wish);
    return {.api = api, .missing = "this program knows no such API"};
}

}  // namespace gpupass::guest
