#pragma once

#include "guest/library.hpp"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <fmt/format.h>

#include <string>
#include <type_traits>

namespace gpupass::guest {

/// The functions of OpenCL 1.2 that are used here.
struct OpenClLibrary {
    OpenClLibrary();
    Library library;
    decltype(&clGetPlatformIDs) get_platforms{};
    decltype(&clGetPlatformInfo) platform_info{};
    decltype(&clGetDeviceIDs) get_devices{};
    decltype(&clGetDeviceInfo) device_info{};
    decltype(&clCreateContext) create_context{};
    decltype(&clReleaseContext) release_context{};
    decltype(&clCreateCommandQueue) create_queue{};
    decltype(&clReleaseCommandQueue) release_queue{};
    decltype(&clCreateProgramWithSource) create_program{};
    decltype(&clBuildProgram) build_program{};
    decltype(&clGetProgramBuildInfo) build_info{};
    decltype(&clReleaseProgram) release_program{};
    decltype(&clCreateKernel) create_kernel{};
    decltype(&clReleaseKernel) release_kernel{};
    decltype(&clSetKernelArg) set_argument{};
    decltype(&clCreateBuffer) create_buffer{};
    decltype(&clReleaseMemObject) release_buffer{};
    decltype(&clEnqueueWriteBuffer) write_buffer{};
    decltype(&clEnqueueReadBuffer) read_buffer{};
    decltype(&clEnqueueCopyBuffer) copy_buffer{};
    decltype(&clEnqueueNDRangeKernel) run_kernel{};
    decltype(&clFinish) finish{};
    decltype(&clWaitForEvents) wait{};
    decltype(&clGetEventProfilingInfo) profile{};
    decltype(&clReleaseEvent) release_event{};
};

/// An error of OpenCL on its way up to where one device is given up. Never leaves ask_opencl().
struct OpenClError {
    std::string what;
};

inline void must(cl_int status, const char* call)
{
    if (status != CL_SUCCESS)
        throw OpenClError{fmt::format("{} failed with {}", call, status)};
}

/// A handle and the function that releases it.
template <class Handle, class Release>
class Owned {
public:
    Owned(Handle handle, Release release) : handle_{handle}, release_{release} {}
    Owned(Owned&& other) noexcept : handle_{other.handle_}, release_{other.release_} { other.handle_ = nullptr; }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    Owned& operator=(Owned&&) = delete;
    ~Owned()
    {
        if (handle_)
            release_(handle_);
    }
    Handle get() const { return handle_; }

private:
    Handle handle_;
    Release release_;
};

}  // namespace gpupass::guest
