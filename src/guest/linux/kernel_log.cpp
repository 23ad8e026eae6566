#include "guest/advice.hpp"
#include "guest/linux/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

// Firmware files are named by the kernel in many ways ("Finished loading DMC firmware i915/tgl_dmc_ver2_12.bin (v2.12)", "GuC
// firmware i915/tgl_guc_70.bin: fetch failed with error -2", "Direct firmware load for amdgpu/... failed with error -2"):
// the name ends in .bin, and a line about one that is missing says "fail".

namespace gpupass::guest {

namespace {

constexpr std::size_t longest_line = 300;

bool has(const std::string& line, std::string_view word) { return line.find(word) != std::string::npos; }

/// The first PCI address that a line names.
std::optional<PciAddress> address_in(const std::string& line)
{
    constexpr std::size_t length = 12;  // 0000:00:02.0
    for (std::size_t at = line.find(':'); at != std::string::npos; at = line.find(':', at + 1))
        if (at >= 4 && at - 4 + length <= line.size())
            if (const auto address = parse_pci_address(std::string_view{line}.substr(at - 4, length)))
                return address;
    return std::nullopt;
}

/// Lines that name this function, and those of its driver that name none.
bool is_about(const std::string& line, const DisplayFunction& gpu)
{
    if (const auto address = address_in(line))
        return *address == gpu.address;
    return !gpu.driver.empty() && (has(line, gpu.driver) || has(line, "[drm"));
}

/// "i915/tgl_dmc_ver2_12.bin"; "" when the line names no file.
std::string firmware_file(const std::string& line)
{
    const auto end = line.find(".bin");
    if (end == std::string::npos)
        return "";
    const auto begin = line.find_last_of(" \t'\"(", end);
    return line.substr(begin == std::string::npos ? 0 : begin + 1, end + 4 - (begin == std::string::npos ? 0 : begin + 1));
}

/// dmc, guc, huc, gsc; "other" for all else.
std::string kind_of(const std::string& file)
{
    for (const char* kind : {"dmc", "guc", "huc", "gsc"})
        if (has(file, std::string{"_"} + kind))
            return kind;
    return "other";
}

struct Firmware {
    std::string loaded;             // the line's file
    std::set<std::string> missing;  // files
};

bool says_failure(const std::string& line)
{
    return has(line, "fail") || has(line, "Fail") || has(line, "ENOENT") || has(line, "error -2");
}

std::map<std::string, Firmware> read_firmware(const std::vector<std::string>& log, const DisplayFunction& gpu)
{
    std::map<std::string, Firmware> kinds;
    for (const std::string& line : log) {
        const std::string file = firmware_file(line);
        if (file.empty() || !is_about(line, gpu))
            continue;
        if (says_failure(line))
            kinds[kind_of(file)].missing.insert(file);
        else
            kinds[kind_of(file)].loaded = file;
    }
    return kinds;
}

/// Drivers try older files after the newest one: what came in the end counts.
Check firmware_check(const std::string& kind, const Firmware& firmware, const LinuxFacts& facts, const DisplayFunction& gpu)
{
    Check check{.id = "firmware-" + kind, .result = "pass", .detail = firmware.loaded};
    if (!firmware.loaded.empty() || firmware.missing.empty())
        return check;
    check.result = "warn";
    check.detail = fmt::format("missing: {}", fmt::join(firmware.missing, ", "));
    check.fix = install(Need::firmware, gpu.id.vendor, facts.system) + ", then reboot";
    return check;
}

constexpr std::array fatal_signs = {"declaring it wedged", "declaring GPU wedged", "GPU wedged", "device wedged", "Failed to initialize GPU",
                                    "probe with driver i915 failed", "probe with driver xe failed", "Fatal error during GPU init", "hw init failed"};
constexpr std::array hang_signs = {"GPU HANG", "Resetting chip", "GPU reset begin", "Engine reset"};

/// The first line about this GPU with one of the signs; "" when there is none.
std::string line_with(const std::vector<std::string>& log, const DisplayFunction& gpu, std::span<const char* const> signs)
{
    for (const std::string& line : log)
        if (std::ranges::any_of(signs, [&](const char* sign) { return has(line, sign); }) && is_about(line, gpu))
            return line.substr(0, longest_line);
    return "";
}

std::optional<Check> fatal_check(const std::vector<std::string>& log, const DisplayFunction& gpu)
{
    if (const std::string line = line_with(log, gpu, fatal_signs); !line.empty())
        return Check{.id = "driver-alive", .result = "fail", .detail = line,
                     .fix = "install the firmware that the log misses and reboot the guest; after that reboot the host, which resets the GPU"};
    if (const std::string line = line_with(log, gpu, hang_signs); !line.empty())
        return Check{.id = "driver-hang", .result = "warn", .detail = line,
                     .fix = "look what ran then; `gpupass diagnose` on the kernel log of the guest and of the host"};
    return std::nullopt;
}

/// With an IOMMU of its own, the guest translates once more what the host translates already.
std::optional<Check> vtd_check(const std::vector<std::string>& log)
{
    const auto found = std::ranges::find_if(log, [](const std::string& line) { return has(line, "VT-d active for gfx access"); });
    if (found == log.end())
        return std::nullopt;
    return Check{.id = "driver-vtd", .result = "pass", .detail = "VT-d is active for graphics in this guest: large copies are a little slower"};
}

bool loads_firmware(const std::string& driver) { return driver == "i915" || driver == "xe" || driver == "amdgpu"; }

}  // namespace

std::vector<Check> check_kernel_log(const LinuxFacts& facts, const DisplayFunction& gpu)
{
    if (!loads_firmware(gpu.driver) && !gpu.driver.empty())
        return {};
    if (!facts.log)
        return {Check{.id = "firmware-log", .result = "skip", .detail = fmt::format("{} may not read the kernel log, which tells of firmware and faults", facts.user),
                      .fix = "run it as root to see that too"}};
    std::vector<Check> checks;
    if (auto fatal = fatal_check(*facts.log, gpu))
        checks.push_back(std::move(*fatal));
    if (auto vtd = vtd_check(*facts.log))
        checks.push_back(std::move(*vtd));
    for (const auto& [kind, firmware] : read_firmware(*facts.log, gpu))
        checks.push_back(firmware_check(kind, firmware, facts, gpu));
    if (std::ranges::none_of(checks, [](const Check& check) { return check.id.rfind("firmware", 0) == 0; }))
        checks.push_back({.id = "firmware-log", .result = "skip", .detail = "the kernel log names no firmware (it may begin later than the driver)"});
    return checks;
}

}  // namespace gpupass::guest
