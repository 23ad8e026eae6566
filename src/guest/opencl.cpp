#include "guest/opencl.hpp"

#include <CL/cl_ext.h>

#include <algorithm>

// Every platform, every device; then what can be computed is computed on those that could be the GPU. Names, counts and
// sizes come from drivers, and are bounded.

namespace gpupass::guest {

namespace {

constexpr cl_uint most_platforms = 32;
constexpr cl_uint most_devices = 64;
constexpr std::size_t longest_text = 4096;

/// What clGetPlatformInfo or clGetDeviceInfo says in words; "" when it says nothing.
template <class Function, class Handle>
std::string text_of(Function function, Handle handle, cl_uint what)
{
    std::size_t size{};
    if (function(handle, what, 0, nullptr, &size) != CL_SUCCESS || size == 0 || size > (1u << 20))
        return "";
    std::string text(size, '\0');
    if (function(handle, what, size, text.data(), nullptr) != CL_SUCCESS)
        return "";
    return text.substr(0, std::min(text.find('\0'), longest_text));
}

template <class Value>
std::optional<Value> value_of(const OpenClLibrary& cl, cl_device_id device, cl_device_info what)
{
    Value value{};
    if (cl.device_info(device, what, sizeof value, &value, nullptr) != CL_SUCCESS)
        return std::nullopt;
    return value;
}

bool has_word(const std::string& words, const std::string& word)
{
    return (" " + words + " ").find(" " + word + " ") != std::string::npos;
}

std::optional<PciAddress> address_of(const OpenClLibrary& cl, cl_device_id device, const std::string& extensions)
{
    if (!has_word(extensions, "cl_khr_pci_bus_info"))
        return std::nullopt;
    const auto info = value_of<cl_device_pci_bus_info_khr>(cl, device, CL_DEVICE_PCI_BUS_INFO_KHR);
    if (!info || info->pci_domain > 0xffff || info->pci_bus > 0xff || info->pci_device > 0x1f || info->pci_function > 7)
        return std::nullopt;
    return PciAddress{static_cast<std::uint16_t>(info->pci_domain), static_cast<std::uint8_t>(info->pci_bus),
                      static_cast<std::uint8_t>(info->pci_device), static_cast<std::uint8_t>(info->pci_function)};
}

/// The vendor id alone names no chip, and Intel's CPU runtime has it too.
std::optional<PciId> id_of(const OpenClLibrary& cl, cl_device_id device, const std::string& extensions)
{
    const auto vendor = value_of<cl_uint>(cl, device, CL_DEVICE_VENDOR_ID);
    if (!vendor || *vendor > 0xffff || !has_word(extensions, "cl_intel_device_attribute_query"))
        return std::nullopt;
    const auto chip = value_of<cl_uint>(cl, device, CL_DEVICE_ID_INTEL);
    return chip ? std::optional{PciId{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*chip & 0xffff)}} : std::nullopt;
}

std::string software_of(const OpenClLibrary& cl, cl_device_id device, const ApiDevice& known)
{
    const auto type = value_of<cl_device_type>(cl, device, CL_DEVICE_TYPE).value_or(0);
    if ((type & CL_DEVICE_TYPE_CPU) != 0)
        return "device type CPU";
    for (const char* name : {"llvmpipe", "softpipe", "SwiftShader", "OpenCLOn12 (Microsoft Basic Render Driver)", "Basic Render"})
        if (known.name.find(name) != std::string::npos)
            return std::string{name} + " is a software renderer";
    if (known.platform == "Portable Computing Language" && (type & CL_DEVICE_TYPE_GPU) == 0)
        return "pocl without a GPU";
    return "";
}

ApiDevice describe(const OpenClLibrary& cl, const std::string& platform, cl_device_id id)
{
    const std::string extensions = text_of(cl.device_info, id, CL_DEVICE_EXTENSIONS);
    ApiDevice device{.platform = platform, .name = text_of(cl.device_info, id, CL_DEVICE_NAME),
                     .driver = text_of(cl.device_info, id, CL_DRIVER_VERSION), .software = "",
                     .address = address_of(cl, id, extensions), .id = id_of(cl, id, extensions),
                     .compute_units = value_of<cl_uint>(cl, id, CL_DEVICE_MAX_COMPUTE_UNITS).value_or(0),
                     .clock_mhz = value_of<cl_uint>(cl, id, CL_DEVICE_MAX_CLOCK_FREQUENCY).value_or(0),
                     .features = {}, .computations = {}, .figures = {}, .engine_grew = {}, .error = ""};
    if (has_word(extensions, "cl_khr_fp16"))
        device.features.emplace_back("fp16");
    device.software = software_of(cl, id, device);
    return device;
}

std::vector<cl_platform_id> platforms_of(const OpenClLibrary& cl)
{
    std::vector<cl_platform_id> platforms(most_platforms);
    cl_uint count{};
    if (cl.get_platforms(most_platforms, platforms.data(), &count) != CL_SUCCESS)
        count = 0;  // the loader's -1001: no driver at all
    platforms.resize(std::min(count, most_platforms));
    return platforms;
}

std::vector<cl_device_id> devices_of(const OpenClLibrary& cl, cl_platform_id platform)
{
    std::vector<cl_device_id> devices(most_devices);
    cl_uint count{};
    if (cl.get_devices(platform, CL_DEVICE_TYPE_ALL, most_devices, devices.data(), &count) != CL_SUCCESS)
        count = 0;
    devices.resize(std::min(count, most_devices));
    return devices;
}

/// The questions to all devices, and what was answered so far.
class Session {
public:
    explicit Session(const Wish& wish) : wish_{wish} { answer_.api = "opencl"; }

    ApiAnswer run()
    {
        say("looking for platforms");
        if (!cl_.library.missing().empty()) {
            answer_.missing = cl_.library.missing();
            return answer_;
        }
        for (cl_platform_id platform : platforms_of(cl_))
            list(platform);
        for (std::size_t i = 0; i < ids_.size(); ++i)
            if (should_compute(answer_.devices[i], wish_))
                use(i);
        answer_.doing.clear();
        return answer_;
    }

private:
    void say(std::string doing)
    {
        answer_.doing = std::move(doing);
        wish_.tell(answer_);
    }

    void list(cl_platform_id platform)
    {
        const std::string name = text_of(cl_.platform_info, platform, CL_PLATFORM_NAME);
        say("asking " + name + " for its devices");
        for (cl_device_id id : devices_of(cl_, platform)) {
            answer_.devices.push_back(describe(cl_, name, id));
            ids_.push_back(id);
        }
    }

    void use(std::size_t i)
    {
        try {
            say("opening " + answer_.devices[i].name);
            const OpenClDevice opened{cl_, ids_[i]};
            compute(opened, answer_.devices[i]);
            if (should_measure(answer_.devices[i], wish_))
                measure(opened, answer_.devices[i]);
        } catch (const OpenClError& error) {
            answer_.devices[i].error = error.what;
        }
    }

    void compute(const OpenClDevice& opened, ApiDevice& device)
    {
        say("computing on " + device.name);
        const auto before = wish_.engine_times();
        compute_opencl(opened, [&](Computation done) {
            device.computations.push_back(std::move(done));
            wish_.tell(answer_);
        });
        const auto after = wish_.engine_times();
        if (after)
            device.engine_grew = growth(before.value_or(EngineTimes{}), *after);
    }

    void measure(const OpenClDevice& opened, ApiDevice& device)
    {
        say("measuring " + device.name);
        const bool fp16 = std::ranges::find(device.features, "fp16") != device.features.end();
        measure_opencl(opened, fp16, wish_, [&](Figure figure) {
            device.figures.push_back(std::move(figure));
            wish_.tell(answer_);
        });
    }

    const Wish& wish_;
    OpenClLibrary cl_;
    ApiAnswer answer_;
    std::vector<cl_device_id> ids_;  // of answer_.devices
};

}  // namespace

ApiAnswer ask_opencl(const Wish& wish) { return Session{wish}.run(); }

}  // namespace gpupass::guest
