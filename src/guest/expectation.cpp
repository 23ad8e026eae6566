#include "guest/expectation.hpp"

#include "knowledge/gpu_table.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

// Intel's execution units up to graphics 12 do 16 floating point operations a clock (8 lanes, a multiplication and an addition),
// twice as many of half precision; 32 bit integers were measured at a sixth (Iris Xe) to a third of that. Laptops and small
// computers stay below the highest clock under load: 71 % of the peak were published for an i7-1165G7 (clpeak), 99 % for a UHD 620.
// Newer chips count their units differently, and cards of other makers are not in the table: nothing is expected of them.

namespace gpupass::guest {

namespace {

constexpr std::uint16_t intel = 0x8086;
constexpr double operations_a_clock = 16;
constexpr double usual_share = 0.7;
constexpr double usual_bandwidth = 20;  // GB/s: one channel of DDR4-3200 has 25.6

struct Share {
    const char* figure;
    double of_peak;
};
constexpr Share shares[] = {{"fp32", 1}, {"fp16", 2}, {"int32", 1.0 / 6}};

/// Up to 12.x: "9", "12.0", "12.55".
bool is_known_kind(const GpuModel& model)
{
    int version = 0;
    std::from_chars(model.graphics_version.data(), model.graphics_version.data() + model.graphics_version.size(), version);
    return version >= 6 && version <= 12;
}

/// Intel's own OpenCL driver counts EUs as compute units; rusticl does not.
unsigned units_of(const Gpu& gpu, const ApiDevice& device)
{
    if (gpu.execution_units > 0)
        return gpu.execution_units;
    const bool intels_own = device.platform.rfind("Intel(R) OpenCL", 0) == 0;
    if (intels_own && device.compute_units > 0)
        return device.compute_units;
    const GpuModel* model = find_gpu_model(gpu.id);
    return model ? model->execution_units : 0;
}

std::optional<Expectation> expected_speed(const Gpu& gpu, const ApiDevice& device, double of_peak)
{
    const unsigned units = units_of(gpu, device);
    const unsigned clock = gpu.clock_mhz > 0 ? gpu.clock_mhz : device.clock_mhz;
    if (units == 0 || clock == 0)
        return std::nullopt;
    const double peak = units * operations_a_clock * clock / 1000 * of_peak;
    return Expectation{peak * usual_share, fmt::format("{} EUs at up to {} MHz: {:.0f} at most, seven tenths of it are usual", units, clock, peak)};
}

}  // namespace

std::optional<Expectation> expected_figure(const Gpu& gpu, const ApiDevice& device, const std::string& figure)
{
    const GpuModel* model = gpu.id.vendor == intel ? find_gpu_model(gpu.id) : nullptr;
    if (!model || !is_known_kind(*model) || !device.software.empty())
        return std::nullopt;
    for (const Share& share : shares)
        if (figure == share.figure)
            return expected_speed(gpu, device, share.of_peak);
    if (figure == "bandwidth" && !is_discrete(*model))
        return Expectation{usual_bandwidth, "one channel of DDR4-3200 gives that"};
    return std::nullopt;
}

}  // namespace gpupass::guest
