#include "guest/opencl.hpp"

#include <algorithm>

namespace gpupass::guest {

namespace {

cl_context make_context(const OpenClLibrary& cl, cl_device_id device)
{
    cl_int status{};
    cl_context context = cl.create_context(nullptr, 1, &device, nullptr, nullptr, &status);
    must(status, "clCreateContext");
    return context;
}

cl_command_queue make_queue(const OpenClLibrary& cl, cl_context context, cl_device_id device)
{
    cl_int status{};
    cl_command_queue queue = cl.create_queue(context, device, CL_QUEUE_PROFILING_ENABLE, &status);
    must(status, "clCreateCommandQueue");
    return queue;
}

/// The first line of what the compiler said.
std::string build_log(const OpenClLibrary& cl, cl_program program, cl_device_id device)
{
    std::string log(2000, '\0');
    std::size_t size{};
    if (cl.build_info(program, device, CL_PROGRAM_BUILD_LOG, log.size(), log.data(), &size) != CL_SUCCESS)
        return "";
    log.resize(std::min(size, log.size()));
    return log.substr(0, log.find_first_of(std::string{"\n\0", 2}));
}

}  // namespace

OpenClDevice::OpenClDevice(const OpenClLibrary& cl, cl_device_id device)
    : cl_{cl}, device_{device}, context_{make_context(cl, device), cl.release_context},
      queue_{make_queue(cl, context_.get(), device), cl.release_queue}
{
}

OpenClDevice::Program OpenClDevice::build(const std::string& source) const
{
    cl_int status{};
    const char* text = source.c_str();
    Program program{cl_.create_program(context_.get(), 1, &text, nullptr, &status), cl_.release_program};
    must(status, "clCreateProgramWithSource");
    status = cl_.build_program(program.get(), 1, &device_, "", nullptr, nullptr);
    if (status != CL_SUCCESS)
        throw OpenClError{fmt::format("its compiler failed with {}: {}", status, build_log(cl_, program.get(), device_))};
    return program;
}

OpenClDevice::Kernel OpenClDevice::kernel(const Program& program, const char* name) const
{
    cl_int status{};
    Kernel kernel{cl_.create_kernel(program.get(), name, &status), cl_.release_kernel};
    must(status, "clCreateKernel");
    return kernel;
}

OpenClDevice::Buffer OpenClDevice::buffer(std::size_t bytes) const
{
    cl_int status{};
    Buffer buffer{cl_.create_buffer(context_.get(), CL_MEM_READ_WRITE, bytes, nullptr, &status), cl_.release_buffer};
    must(status, "clCreateBuffer");
    return buffer;
}

void OpenClDevice::write(const Buffer& buffer, const void* from, std::size_t bytes, std::size_t offset) const
{
    must(cl_.write_buffer(queue_.get(), buffer.get(), CL_TRUE, offset, bytes, from, 0, nullptr, nullptr), "clEnqueueWriteBuffer");
}

void OpenClDevice::read(const Buffer& buffer, void* into, std::size_t bytes) const
{
    must(cl_.read_buffer(queue_.get(), buffer.get(), CL_TRUE, 0, bytes, into, 0, nullptr, nullptr), "clEnqueueReadBuffer");
}

void OpenClDevice::copy(const Buffer& from, const Buffer& to, std::size_t bytes) const
{
    must(cl_.copy_buffer(queue_.get(), from.get(), to.get(), 0, 0, bytes, 0, nullptr, nullptr), "clEnqueueCopyBuffer");
    finish();
}

double OpenClDevice::run(const Kernel& kernel, std::size_t global, std::size_t local) const
{
    cl_event raw{};
    must(cl_.run_kernel(queue_.get(), kernel.get(), 1, nullptr, &global, local ? &local : nullptr, 0, nullptr, &raw), "clEnqueueNDRangeKernel");
    const Owned<cl_event, decltype(&clReleaseEvent)> event{raw, cl_.release_event};
    must(cl_.wait(1, &raw), "clWaitForEvents");
    cl_ulong begin{};
    cl_ulong end{};
    const bool timed = cl_.profile(raw, CL_PROFILING_COMMAND_START, sizeof begin, &begin, nullptr) == CL_SUCCESS &&
                       cl_.profile(raw, CL_PROFILING_COMMAND_END, sizeof end, &end, nullptr) == CL_SUCCESS && end > begin;
    return timed ? static_cast<double>(end - begin) * 1e-9 : 0;
}

template <class Value>
Value OpenClDevice::number(cl_device_info what) const
{
    Value value{};
    must(cl_.device_info(device_, what, sizeof value, &value, nullptr), "clGetDeviceInfo");
    return value;
}

std::size_t OpenClDevice::largest_group() const { return number<std::size_t>(CL_DEVICE_MAX_WORK_GROUP_SIZE); }
std::uint64_t OpenClDevice::memory() const { return number<cl_ulong>(CL_DEVICE_GLOBAL_MEM_SIZE); }
std::uint64_t OpenClDevice::largest_buffer() const { return number<cl_ulong>(CL_DEVICE_MAX_MEM_ALLOC_SIZE); }
unsigned OpenClDevice::units() const { return number<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS); }

}  // namespace gpupass::guest
