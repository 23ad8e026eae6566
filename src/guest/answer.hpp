#pragma once

#include "model/pci.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a compute or video API of the guest answered: raw, before anybody judges it. Each API is asked in a process of its
// own, because drivers crash and hang; it prints its answer anew after each thing that it finished, and the last whole
// line counts.

namespace gpupass::guest {

/// One computation whose result is known beforehand: "int", "float", "local", "buffer"; video: "encode", "decode".
struct Computation {
    std::string name;
    bool right{};
    std::string detail;  // the first wrong element, the error, or what was computed
};

/// "fp32", "fp16", "int32": GFLOPS and GIOPS, a multiplication and an addition being two; "bandwidth", "copy-in", "copy-out": GB/s
/// (10^9 bytes); "launch": us
struct Figure {
    std::string name;
    std::optional<double> value{};  // nullopt: there was no time left to measure it
};

/// Engine time (ns or cycles) by PCI address, as the kernel counts it for this process (fdinfo). A function without any open
/// file is not there; nullopt: it is open, but this kernel does not count.
using EngineTimes = std::map<PciAddress, std::optional<std::uint64_t>>;

struct ApiDevice {
    std::string platform;  // OpenCL: its platform; Vulkan: its driver; VA-API: the vendor string
    std::string name;
    std::string driver;    // its version
    std::string software;  // what says that a processor computes here ("device type CPU"); "" for a GPU
    std::optional<PciAddress> address;  // as the driver says
    std::optional<PciId> id;            // likewise; a driver that does not tell the device id leaves it out
    unsigned compute_units{};           // 0: not told; Intel's OpenCL driver: EUs
    unsigned clock_mhz{};               // highest; 0: not told
    std::vector<std::string> features;  // "fp16"; video profiles
    std::vector<Computation> computations;
    std::vector<Figure> figures;
    std::optional<EngineTimes> engine_grew;  // while it computed; nullopt: nobody could look
    std::string error;                       // why it could not be used
};

struct ApiAnswer {
    std::string api;      // "opencl", "vulkan", "vaapi"
    std::string missing;  // why the API is not there: "libOpenCL.so.1 is not installed"
    std::string ended;    // how its process was cut or crashed; "" when it ended well
    std::string doing;    // what it was doing then
    std::vector<ApiDevice> devices;
};

/// One line of JSON.
std::string to_json(const ApiAnswer& answer);
/// nullopt: not the form that to_json() writes. Not for hostile text: it comes from our own process.
std::optional<ApiAnswer> parse_answer(std::string_view json);

}  // namespace gpupass::guest
