// An OpenCL driver for tests, loaded by the real loader like any other: it is called a GPU, says that it is at 0000:00:02.0, and
// computes what gpupass-guest asks for with the processor, or lies. GPUPASS_FAKE_ICD says how:
//   right                  the right answers (that it is at that address is a lie still)
//   no-address             the same, and it does not tell where it is
//   wrong-sums             work-groups add up wrongly
//   wrong-int              one item of many is wrong in one bit
//   lost-byte              one byte of a buffer does not come back
//   hangs                  a kernel never ends
//   slow                   the right answers, half a second for each
//   crashes                the driver crashes while a kernel is built
#include "guest/known_answers.hpp"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <CL/cl_icd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using gpupass::guest::FloatAnswer;

std::string mode()
{
    const char* value = std::getenv("GPUPASS_FAKE_ICD");
    return value ? value : "right";
}

cl_icd_dispatch table{};

// Every object of OpenCL begins with the table, which the loader reads.
struct Object {
    const cl_icd_dispatch* dispatch{&table};
};
struct Buffer : Object {
    std::vector<std::uint8_t> bytes;
};
struct Kernel : Object {
    std::string name;
    std::array<std::array<std::uint8_t, 8>, 4> arguments{};
};
Object platform;
Object device;
Object context;
Object queue;
Object program;
Object event;

template <class Handle>
Handle handle(Object& object)
{
    return reinterpret_cast<Handle>(&object);
}

cl_int give(const void* value, std::size_t value_size, std::size_t size, void* into, std::size_t* size_out)
{
    if (size_out)
        *size_out = value_size;
    if (into && size < value_size)
        return CL_INVALID_VALUE;
    if (into)
        std::memcpy(into, value, value_size);
    return CL_SUCCESS;
}

cl_int give_text(const char* text, std::size_t size, void* into, std::size_t* size_out) { return give(text, std::strlen(text) + 1, size, into, size_out); }

template <class Value>
cl_int give_value(Value value, std::size_t size, void* into, std::size_t* size_out)
{
    return give(&value, sizeof value, size, into, size_out);
}

cl_int CL_API_CALL platform_info(cl_platform_id, cl_platform_info what, std::size_t size, void* into, std::size_t* size_out)
{
    switch (what) {
        case CL_PLATFORM_NAME: return give_text("Fake OpenCL", size, into, size_out);
        case CL_PLATFORM_EXTENSIONS: return give_text("cl_khr_icd", size, into, size_out);
        case CL_PLATFORM_ICD_SUFFIX_KHR: return give_text("FAKE", size, into, size_out);
        case CL_PLATFORM_VERSION: return give_text("OpenCL 1.2 fake", size, into, size_out);
        default: return give_text("fake", size, into, size_out);
    }
}

cl_int CL_API_CALL device_ids(cl_platform_id, cl_device_type, cl_uint room, cl_device_id* into, cl_uint* count)
{
    if (count)
        *count = 1;
    if (into && room > 0)
        *into = handle<cl_device_id>(device);
    return CL_SUCCESS;
}

cl_int CL_API_CALL device_info(cl_device_id, cl_device_info what, std::size_t size, void* into, std::size_t* size_out)
{
    const bool claims = mode() != "no-address";
    switch (what) {
        case CL_DEVICE_NAME: return give_text("Fake GPU", size, into, size_out);
        case CL_DEVICE_EXTENSIONS: return give_text(claims ? "cl_khr_pci_bus_info" : "", size, into, size_out);
        case CL_DRIVER_VERSION: return give_text("1", size, into, size_out);
        case CL_DEVICE_TYPE: return give_value<cl_device_type>(CL_DEVICE_TYPE_GPU, size, into, size_out);
        case CL_DEVICE_VENDOR_ID: return give_value<cl_uint>(0x8086, size, into, size_out);
        case CL_DEVICE_MAX_COMPUTE_UNITS: return give_value<cl_uint>(96, size, into, size_out);
        case CL_DEVICE_MAX_CLOCK_FREQUENCY: return give_value<cl_uint>(1300, size, into, size_out);
        case CL_DEVICE_MAX_WORK_GROUP_SIZE: return give_value<std::size_t>(256, size, into, size_out);
        case CL_DEVICE_GLOBAL_MEM_SIZE: return give_value<cl_ulong>(1u << 30, size, into, size_out);
        case CL_DEVICE_MAX_MEM_ALLOC_SIZE: return give_value<cl_ulong>(1u << 28, size, into, size_out);
        case CL_DEVICE_PCI_BUS_INFO_KHR:
            return claims ? give_value(cl_device_pci_bus_info_khr{0, 0, 2, 0}, size, into, size_out) : CL_INVALID_VALUE;
        default: return CL_INVALID_VALUE;
    }
}

cl_context CL_API_CALL create_context(const cl_context_properties*, cl_uint, const cl_device_id*, void(CL_CALLBACK*)(const char*, const void*, std::size_t, void*),
                                      void*, cl_int* status)
{
    *status = CL_SUCCESS;
    return handle<cl_context>(context);
}

cl_command_queue CL_API_CALL create_queue(cl_context, cl_device_id, cl_command_queue_properties, cl_int* status)
{
    *status = CL_SUCCESS;
    return handle<cl_command_queue>(queue);
}

cl_program CL_API_CALL create_program(cl_context, cl_uint, const char**, const std::size_t*, cl_int* status)
{
    *status = CL_SUCCESS;
    return handle<cl_program>(program);
}

cl_int CL_API_CALL build_program(cl_program, cl_uint, const cl_device_id*, const char*, void(CL_CALLBACK*)(cl_program, void*), void*)
{
    if (mode() == "crashes")
        std::raise(SIGKILL);  // a sanitizer would make a story of another signal
    return CL_SUCCESS;
}

cl_kernel CL_API_CALL create_kernel(cl_program, const char* name, cl_int* status)
{
    *status = CL_SUCCESS;
    auto* kernel = new Kernel;
    kernel->name = name;
    return reinterpret_cast<cl_kernel>(kernel);
}

cl_int CL_API_CALL release_kernel(cl_kernel kernel)
{
    delete reinterpret_cast<Kernel*>(kernel);
    return CL_SUCCESS;
}

cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, std::size_t size, const void* value)
{
    if (index >= 4 || size > 8)
        return CL_INVALID_ARG_INDEX;
    std::memcpy(reinterpret_cast<Kernel*>(kernel)->arguments[index].data(), value, size);
    return CL_SUCCESS;
}

cl_mem CL_API_CALL create_buffer(cl_context, cl_mem_flags, std::size_t size, void*, cl_int* status)
{
    *status = CL_SUCCESS;
    auto* buffer = new Buffer;
    buffer->bytes.resize(size);
    return reinterpret_cast<cl_mem>(buffer);
}

cl_int CL_API_CALL release_buffer(cl_mem buffer)
{
    delete reinterpret_cast<Buffer*>(buffer);
    return CL_SUCCESS;
}

cl_int CL_API_CALL write_buffer(cl_command_queue, cl_mem buffer, cl_bool, std::size_t offset, std::size_t size, const void* from, cl_uint, const cl_event*, cl_event*)
{
    std::memcpy(reinterpret_cast<Buffer*>(buffer)->bytes.data() + offset, from, size);
    return CL_SUCCESS;
}

cl_int CL_API_CALL read_buffer(cl_command_queue, cl_mem buffer, cl_bool, std::size_t offset, std::size_t size, void* into, cl_uint, const cl_event*, cl_event*)
{
    std::memcpy(into, reinterpret_cast<Buffer*>(buffer)->bytes.data() + offset, size);
    return CL_SUCCESS;
}

cl_int CL_API_CALL copy_buffer(cl_command_queue, cl_mem from, cl_mem to, std::size_t, std::size_t, std::size_t size, cl_uint, const cl_event*, cl_event*)
{
    auto& copied = reinterpret_cast<Buffer*>(to)->bytes;
    std::memcpy(copied.data(), reinterpret_cast<Buffer*>(from)->bytes.data(), size);
    if (mode() == "lost-byte")
        copied[size - 2] ^= 0x10;
    return CL_SUCCESS;
}

template <class Value>
void fill(const Kernel& kernel, std::size_t count, auto answer)
{
    Buffer* out{};
    std::memcpy(&out, kernel.arguments[0].data(), sizeof out);
    for (std::size_t i = 0; i < count && (i + 1) * sizeof(Value) <= out->bytes.size(); ++i) {
        const Value value = answer(static_cast<std::uint32_t>(i));
        std::memcpy(out->bytes.data() + i * sizeof value, &value, sizeof value);
    }
}

void compute(const Kernel& kernel, std::size_t global)
{
    using namespace gpupass::guest;
    const std::uint32_t bad_item = mode() == "wrong-int" ? 77'777u : ~0u;
    const std::uint32_t bad_sum = mode() == "wrong-sums" ? 1u : 0u;
    if (kernel.name == "ints")
        fill<std::uint32_t>(kernel, global, [&](std::uint32_t i) { return int_answer(i, int_seed) ^ (i == bad_item ? 4u : 0u); });
    else if (kernel.name == "floats")
        fill<FloatAnswer>(kernel, global, [](std::uint32_t i) { return float_answer(i); });
    else if (kernel.name == "groups")
        fill<std::uint32_t>(kernel, global / group_size, [&](std::uint32_t i) { return local_answer(i, int_seed) + bad_sum; });
}

cl_int CL_API_CALL run_kernel(cl_command_queue, cl_kernel kernel, cl_uint, const std::size_t*, const std::size_t* global, const std::size_t*, cl_uint, const cl_event*,
                              cl_event* done)
{
    while (mode() == "hangs")
        std::this_thread::sleep_for(std::chrono::seconds{1});
    if (mode() == "slow")
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    compute(*reinterpret_cast<Kernel*>(kernel), *global);
    if (done)
        *done = handle<cl_event>(event);
    return CL_SUCCESS;
}

cl_int CL_API_CALL nothing_queue(cl_command_queue) { return CL_SUCCESS; }
cl_int CL_API_CALL nothing_context(cl_context) { return CL_SUCCESS; }
cl_int CL_API_CALL nothing_program(cl_program) { return CL_SUCCESS; }
cl_int CL_API_CALL nothing_event(cl_event) { return CL_SUCCESS; }
cl_int CL_API_CALL nothing_wait(cl_uint, const cl_event*) { return CL_SUCCESS; }
cl_int CL_API_CALL no_clock(cl_event, cl_profiling_info, std::size_t, void*, std::size_t*) { return CL_PROFILING_INFO_NOT_AVAILABLE; }

cl_int CL_API_CALL platforms(cl_uint room, cl_platform_id* into, cl_uint* count)
{
    if (count)
        *count = 1;
    if (into && room > 0)
        *into = handle<cl_platform_id>(platform);
    return CL_SUCCESS;
}

const bool filled = [] {
    table.clGetPlatformIDs = platforms;
    table.clGetPlatformInfo = platform_info;
    table.clGetDeviceIDs = device_ids;
    table.clGetDeviceInfo = device_info;
    table.clCreateContext = create_context;
    table.clReleaseContext = nothing_context;
    table.clCreateCommandQueue = create_queue;
    table.clReleaseCommandQueue = nothing_queue;
    table.clCreateProgramWithSource = create_program;
    table.clBuildProgram = build_program;
    table.clReleaseProgram = nothing_program;
    table.clCreateKernel = create_kernel;
    table.clReleaseKernel = release_kernel;
    table.clSetKernelArg = set_argument;
    table.clCreateBuffer = create_buffer;
    table.clReleaseMemObject = release_buffer;
    table.clEnqueueWriteBuffer = write_buffer;
    table.clEnqueueReadBuffer = read_buffer;
    table.clEnqueueCopyBuffer = copy_buffer;
    table.clEnqueueNDRangeKernel = run_kernel;
    table.clFinish = nothing_queue;
    table.clWaitForEvents = nothing_wait;
    table.clGetEventProfilingInfo = no_clock;
    table.clReleaseEvent = nothing_event;
    return true;
}();

}  // namespace

extern "C" {

__attribute__((visibility("default"))) cl_int CL_API_CALL clIcdGetPlatformIDsKHR(cl_uint room, cl_platform_id* into, cl_uint* count)
{
    return platforms(room, into, count);
}

__attribute__((visibility("default"))) cl_int CL_API_CALL clGetPlatformInfo(cl_platform_id id, cl_platform_info what, std::size_t size, void* into, std::size_t* size_out)
{
    return platform_info(id, what, size, into, size_out);
}

__attribute__((visibility("default"))) void* CL_API_CALL clGetExtensionFunctionAddress(const char* name)
{
    if (std::string{name} == "clIcdGetPlatformIDsKHR")
        return reinterpret_cast<void*>(&clIcdGetPlatformIDsKHR);
    return std::string{name} == "clGetPlatformInfo" ? reinterpret_cast<void*>(&clGetPlatformInfo) : nullptr;
}

}
