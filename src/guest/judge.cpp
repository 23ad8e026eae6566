#include "guest/judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace gpupass::guest {

namespace {

bool starts_with(const std::string& text, std::string_view start) { return text.rfind(start, 0) == 0; }

/// The first check with that result whose id begins so; nullptr when there is none.
const Check* find_check(const Verdict& verdict, std::string_view start, std::string_view result)
{
    const auto found = std::ranges::find_if(verdict.checks, [&](const Check& check) { return starts_with(check.id, start) && check.result == result; });
    return found == verdict.checks.end() ? nullptr : &*found;
}

/// What computed rightly: "OpenCL and Vulkan".
std::set<std::string> apis_that_computed(const Verdict& verdict)
{
    std::set<std::string> apis;
    for (const Check& check : verdict.checks)
        if (check.result == "pass" && check.id.find("-compute-") != std::string::npos)
            apis.insert(check.id.substr(0, check.id.find('-')));
    return apis;
}

std::string spoken(const std::set<std::string>& apis)
{
    std::vector<std::string> names;
    for (const std::string& api : apis)
        names.push_back(api == "opencl" ? "OpenCL" : api == "vulkan" ? "Vulkan" : "Direct3D 12");
    return fmt::format("{}", fmt::join(names, " and "));
}

std::string gpu_text(const Gpu& gpu)
{
    return fmt::format("{} at {}", gpu.name.empty() ? to_string(gpu.id) : fmt::format("{} ({})", gpu.name, to_string(gpu.id)), to_string(gpu.address));
}

std::string reason(const Check& check) { return fmt::format("{}: {}", check.id, check.detail); }

void say(Verdict& verdict, const char* word, std::string why)
{
    verdict.word = word;
    verdict.why = std::move(why);
}

/// What keeps a GPU from working at all, the cause before its consequences.
const Check* find_fault(const Verdict& verdict)
{
    for (const char* area : {"pci", "driver", "firmware", "node", "opencl", "vulkan", "windows", "engine", "vaapi", "display", "speed"})
        if (const Check* check = find_check(verdict, area, "fail"))
            return check;
    return nullptr;
}

/// Missing APIs and slow figures, but not what is only worth a word.
std::vector<std::string> shortcomings(const Verdict& verdict)
{
    std::vector<std::string> found;
    for (const Check& check : verdict.checks)
        if (check.result == "warn" && (check.id.find("-device") != std::string::npos || starts_with(check.id, "speed") || starts_with(check.id, "vaapi") ||
                                       starts_with(check.id, "firmware")))
            found.push_back(reason(check));
    return found;
}

void conclude_software(Verdict& verdict)
{
    verdict.software = true;
    const auto apis = apis_that_computed(verdict);
    if (const Check* fault = find_fault(verdict))
        say(verdict, "not-working", reason(*fault));
    else if (apis.empty())
        say(verdict, "not-working", "no software renderer could be asked to compute");
    else
        say(verdict, "unproven", fmt::format("{} computed rightly, but in software, as was asked for: no GPU was proven", spoken(apis)));
}

void conclude_gpu(Verdict& verdict, const Gpu& gpu)
{
    const auto apis = apis_that_computed(verdict);
    const auto missing = shortcomings(verdict);
    const Check* fault = find_fault(verdict);
    // Video engines have faults of their own: what computes is no broken GPU.
    if (fault && !(starts_with(fault->id, "vaapi") && !apis.empty()))
        say(verdict, "not-working", reason(*fault));
    else if (apis.empty())
        say(verdict, "unproven", fmt::format("{} has its driver, but nothing here could compute on it: {}", gpu_text(gpu), fmt::join(missing, "; ")));
    else if (fault || !missing.empty())
        say(verdict, "degraded", fmt::format("{} computed rightly on {}, but {}", spoken(apis), gpu_text(gpu), fault ? reason(*fault) : missing.front()));
    else
        say(verdict, "working", fmt::format("{} computed rightly on {}", spoken(apis), gpu_text(gpu)));
}

void need_no_gpu(Verdict& verdict)
{
    for (Check& check : verdict.checks)
        if (check.result == "fail") {
            check.result = "skip";
            check.detail += " (software was asked for)";
            check.fix.clear();
        }
}

}  // namespace

void conclude(Verdict& verdict, const PlatformReport& report, const Request& request)
{
    const bool software_computed = find_check(verdict, "software-accepted", "warn") != nullptr;
    if (request.allow_software && (software_computed || !report.gpu))
        return conclude_software(verdict);
    if (report.gpu)
        return conclude_gpu(verdict, *report.gpu);
    const Check* fault = find_check(verdict, "pci", "fail");
    say(verdict, "not-working", fault ? reason(*fault) : "there is no GPU");
}

Verdict judge(const PlatformReport& report, std::span<const ApiAnswer> answers, const Request& request)
{
    Verdict verdict;
    verdict.checks = report.checks;
    if (request.allow_software && !report.gpu)
        need_no_gpu(verdict);
    for (const ApiAnswer& answer : answers)
        for (Check& check : checks_of(answer, report, request))
            verdict.checks.push_back(std::move(check));
    conclude(verdict, report, request);
    return verdict;
}

}  // namespace gpupass::guest
