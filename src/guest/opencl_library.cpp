#include "guest/opencl_library.hpp"

namespace gpupass::guest {

namespace {

#ifdef _WIN32
constexpr const char* name = "OpenCL.dll";
#else
constexpr const char* name = "libOpenCL.so.1";
#endif

}  // namespace

OpenClLibrary::OpenClLibrary() : library{name}
{
    library.find("clGetPlatformIDs", get_platforms);
    library.find("clGetPlatformInfo", platform_info);
    library.find("clGetDeviceIDs", get_devices);
    library.find("clGetDeviceInfo", device_info);
    library.find("clCreateContext", create_context);
    library.find("clReleaseContext", release_context);
    library.find("clCreateCommandQueue", create_queue);
    library.find("clReleaseCommandQueue", release_queue);
    library.find("clCreateProgramWithSource", create_program);
    library.find("clBuildProgram", build_program);
    library.find("clGetProgramBuildInfo", build_info);
    library.find("clReleaseProgram", release_program);
    library.find("clCreateKernel", create_kernel);
    library.find("clReleaseKernel", release_kernel);
    library.find("clSetKernelArg", set_argument);
    library.find("clCreateBuffer", create_buffer);
    library.find("clReleaseMemObject", release_buffer);
    library.find("clEnqueueWriteBuffer", write_buffer);
    library.find("clEnqueueReadBuffer", read_buffer);
    library.find("clEnqueueCopyBuffer", copy_buffer);
    library.find("clEnqueueNDRangeKernel", run_kernel);
    library.find("clFinish", finish);
    library.find("clWaitForEvents", wait);
    library.find("clGetEventProfilingInfo", profile);
    library.find("clReleaseEvent", release_event);
}

}  // namespace gpupass::guest
