#include "guest/opencl.hpp"

#include <algorithm>
#include <chrono>

// Speeds as clpeak and others measure them: chains of multiply-adds in registers, where each needs the one before, in several
// vector widths, of which the best counts; streaming reads of a buffer that no cache holds. Each run lasts long enough for the
// device's clock, and the median of some runs counts.

namespace gpupass::guest {

namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

constexpr int mads_an_item = 2048;      // of single numbers: a vector of 16 does 128
constexpr int reads_an_item = 16;
constexpr double time_a_figure = 0.25;  // seconds, about, for the best width
constexpr double least_run = 0.010;     // seconds: shorter ones are made larger
constexpr std::uint64_t most_bytes = 512u << 20;

double seconds_of(auto work)
{
    const auto begin = steady_clock::now();
    work();
    return duration<double>(steady_clock::now() - begin).count();
}

/// One run in seconds, by the device's clock where it has one.
double timed_run(const OpenClDevice& device, const OpenClDevice::Kernel& kernel, std::size_t global, std::size_t local)
{
    double own = 0;
    const double wall = seconds_of([&] { own = device.run(kernel, global, local); });
    return own > 0 ? own : wall;
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// Some runs, for `time` seconds or nine of them; three at least.
double usual_time(double time, const auto& run)
{
    std::vector<double> times;
    double sum = 0;
    while (times.size() < 3 || (sum < time && times.size() < 9)) {
        times.push_back(run());
        sum += times.back();
    }
    return median(std::move(times));
}

std::string vector_type(const std::string& type, int width) { return width == 1 ? type : type + std::to_string(width); }

/// All lanes of a vector as one number: "y.s0 + y.s1 + ...".
std::string lanes(const std::string& vector, int width)
{
    if (width == 1)
        return vector;
    std::string sum;
    for (int lane = 0; lane < width; ++lane)
        sum += (lane == 0 ? "" : " + ") + vector + ".s" + "0123456789abcdef"[lane];
    return sum;
}

/// x and y depend on each other all the way, so nothing can be left out or done early.
std::string chain_source(const std::string& type, int width)
{
    const std::string t = vector_type(type, width);
    const bool whole = type == "int";
    std::string text = type == "half" ? "#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n" : "";
    text += "#define STEP x = " + std::string{whole ? "y * x + y; y = x * y + x;" : "mad(y, x, y); y = mad(x, y, x);"} + "\n";
    text += "#define STEPS STEP STEP STEP STEP STEP STEP STEP STEP\n";
    text += "kernel void chain(global " + type + "* out, " + (type == "half" ? "float" : type) + " seed)\n{\n";
    text += "    " + t + " x = (" + t + ")((" + type + ")seed);\n    " + t + " y = (" + t + ")((" + type + ")get_local_id(0));\n";
    text += "    for (int i = 0; i < " + std::to_string(mads_an_item / 16 / width) + "; ++i) { STEPS }\n    out[get_global_id(0)] = " + lanes("y", width) + ";\n}\n";
    return text;
}

/// As large as the device lets it be, within reason.
std::size_t group_of(const OpenClDevice& device) { return std::clamp<std::size_t>(device.largest_group(), 1, 4096); }

/// A chain of one width that is ready to run.
struct Chain {
    OpenClDevice::Program program;
    OpenClDevice::Kernel kernel;
    OpenClDevice::Buffer out;
    std::size_t local;
    std::size_t global;
    double operations;  // in one run

    double speed(const OpenClDevice& device, double time) const
    {
        return operations / usual_time(time, [&] { return timed_run(device, kernel, global, local); }) * 1e-9;
    }
};

Chain make_chain(const OpenClDevice& device, const std::string& type, int width, std::size_t element, std::size_t items)
{
    auto program = device.build(chain_source(type, width));
    auto kernel = device.kernel(program, "chain");
    const std::size_t local = group_of(device);
    auto out = device.buffer(items * element);
    device.argument(kernel, 0, out.get());
    const cl_float one = 1.3f;
    const cl_int odd = 3;
    if (type == "int")
        device.argument(kernel, 1, odd);
    else
        device.argument(kernel, 1, one);
    return {std::move(program), std::move(kernel), std::move(out), local, items, 2.0 * mads_an_item * static_cast<double>(items)};
}

/// Grows until one run lasts long enough.
Chain grown_chain(const OpenClDevice& device, const std::string& type, int width, std::size_t element)
{
    std::size_t items = std::size_t{device.units()} * group_of(device) * 4;
    for (;;) {
        Chain chain = make_chain(device, type, width, element, items);
        (void)timed_run(device, chain.kernel, chain.global, chain.local);  // some compile now
        const double time = timed_run(device, chain.kernel, chain.global, chain.local);
        if (time >= least_run || items > (1u << 22))
            return chain;
        items *= static_cast<std::size_t>(std::clamp(least_run / std::max(time, 1e-6) * 1.5, 2.0, 64.0));
        items -= items % group_of(device);
    }
}

double best_chain(const OpenClDevice& device, const std::string& type, std::size_t element)
{
    double best = 0;
    for (const int width : {1, 4, 16})
        best = std::max(best, grown_chain(device, type, width, element).speed(device, time_a_figure / 3));
    return best;
}

/// Each item reads 16 vectors, as far apart as there are items in its group (neighbours read neighbours), and adds them up. The reads
/// stand one after another: a loop around them took a third of the time where a CPU is the device. What is written is one number an
/// item, since writes are not counted.
std::string stream_source(int width)
{
    const std::string t = vector_type("float", width);
    std::string text = "kernel void stream(global const " + t + "* in, global float* out)\n{\n    " + t + " sum = (" + t + ")(0.0f);\n";
    text += "    size_t at = get_group_id(0) * get_local_size(0) * " + std::to_string(reads_an_item) + " + get_local_id(0);\n";
    for (int i = 0; i < reads_an_item; ++i)
        text += "    sum += in[at];\n    at += get_local_size(0);\n";
    return text + "    out[get_global_id(0)] = " + lanes("sum", width) + ";\n}\n";
}

double stream(const OpenClDevice& device, const OpenClDevice::Buffer& in, std::size_t bytes, int width)
{
    const auto program = device.build(stream_source(width));
    const auto kernel = device.kernel(program, "stream");
    const std::size_t vector = sizeof(cl_float) * static_cast<std::size_t>(width);
    const std::size_t local = group_of(device);
    std::size_t items = bytes / vector / reads_an_item;
    items -= items % local;
    const auto out = device.buffer(items * sizeof(cl_float));
    device.argument(kernel, 0, in.get());
    device.argument(kernel, 1, out.get());
    (void)timed_run(device, kernel, items, local);
    const double moved = static_cast<double>(items * vector * reads_an_item);
    return moved / usual_time(time_a_figure / 3, [&] { return timed_run(device, kernel, items, local); }) * 1e-9;
}

std::size_t stream_bytes(const OpenClDevice& device)
{
    return static_cast<std::size_t>(std::min({most_bytes, device.largest_buffer(), device.memory() / 4}));
}

/// All of it: pages that nobody wrote may all be one page of zeros, which a cache holds.
void fill(const OpenClDevice& device, const OpenClDevice::Buffer& buffer, std::size_t bytes)
{
    const std::vector<cl_float> ones((16u << 20) / sizeof(cl_float), 1.0f);
    const std::size_t piece = ones.size() * sizeof(cl_float);
    for (std::size_t at = 0; at < bytes; at += piece)
        device.write(buffer, ones.data(), std::min(piece, bytes - at), at);
}

double best_stream(const OpenClDevice& device)
{
    const std::size_t bytes = stream_bytes(device);
    const auto in = device.buffer(bytes);
    fill(device, in, bytes);
    double best = 0;
    for (const int width : {1, 4, 16})
        best = std::max(best, stream(device, in, bytes, width));
    return best;
}

/// In GB/s, of what moves all bytes of one buffer.
double copy_speed(const OpenClDevice& device, const auto& move)
{
    std::vector<std::uint8_t> bytes(32u << 20, 1);
    const auto buffer = device.buffer(bytes.size());
    device.write(buffer, bytes.data(), bytes.size());  // pages that nobody wrote may all be one
    return static_cast<double>(bytes.size()) / usual_time(time_a_figure / 2, [&] { return seconds_of([&] { move(buffer, bytes); }); }) * 1e-9;
}

/// From asking for an empty kernel to knowing that it ran, in us.
double launch(const OpenClDevice& device)
{
    const auto program = device.build("kernel void empty(global int* out) { if (get_global_id(0) > 100000) out[0] = 1; }\n");
    const auto kernel = device.kernel(program, "empty");
    const auto out = device.buffer(64);
    device.argument(kernel, 0, out.get());
    std::vector<double> times;
    for (int i = 0; i < 60; ++i)
        times.push_back(seconds_of([&] { device.run(kernel, 64, 64); }));
    return median(std::move(times)) * 1e6;
}

void try_figure(const Wish& wish, const std::function<void(Figure)>& done, const char* name, const auto& measure)
{
    try {
        done(timely_figure(wish, name, measure));
    } catch (const OpenClError&) {
        // What a device refuses to measure is no proof against it: its computations were right.
    }
}

}  // namespace

void measure_opencl(const OpenClDevice& device, bool has_fp16, const Wish& wish, const std::function<void(Figure)>& done)
{
    try_figure(wish, done, "fp32", [&] { return best_chain(device, "float", sizeof(cl_float)); });
    if (has_fp16)
        try_figure(wish, done, "fp16", [&] { return best_chain(device, "half", sizeof(cl_half)); });
    try_figure(wish, done, "int32", [&] { return best_chain(device, "int", sizeof(cl_int)); });
    try_figure(wish, done, "bandwidth", [&] { return best_stream(device); });
    try_figure(wish, done, "copy-in", [&] { return copy_speed(device, [&](const auto& buffer, auto& bytes) { device.write(buffer, bytes.data(), bytes.size()); }); });
    try_figure(wish, done, "copy-out", [&] { return copy_speed(device, [&](const auto& buffer, auto& bytes) { device.read(buffer, bytes.data(), bytes.size()); }); });
    try_figure(wish, done, "launch", [&] { return launch(device); });
}

}  // namespace gpupass::guest
