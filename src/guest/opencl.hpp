#pragma once

#include "guest/ask.hpp"
#include "guest/opencl_library.hpp"

#include <cstdint>
#include <functional>
#include <vector>

// The pieces of ask_opencl(): a device opened, its computations, its figures.

namespace gpupass::guest {

/// A device with a context and a queue. Every function throws OpenClError.
class OpenClDevice {
public:
    using Buffer = Owned<cl_mem, decltype(&clReleaseMemObject)>;
    using Program = Owned<cl_program, decltype(&clReleaseProgram)>;
    using Kernel = Owned<cl_kernel, decltype(&clReleaseKernel)>;

    OpenClDevice(const OpenClLibrary& cl, cl_device_id device);
    Program build(const std::string& source) const;
    Kernel kernel(const Program& program, const char* name) const;
    Buffer buffer(std::size_t bytes) const;
    void write(const Buffer& buffer, const void* from, std::size_t bytes, std::size_t offset = 0) const;
    void read(const Buffer& buffer, void* into, std::size_t bytes) const;
    void copy(const Buffer& from, const Buffer& to, std::size_t bytes) const;
    template <class Value>
    void argument(const Kernel& kernel, cl_uint index, const Value& value) const
    {
        must(cl_.set_argument(kernel.get(), index, sizeof value, &value), "clSetKernelArg");
    }
    /// Runs it to its end; `local` 0 lets the driver choose. Seconds by the device's own clock, 0 where it has none.
    double run(const Kernel& kernel, std::size_t global, std::size_t local) const;
    void finish() const { must(cl_.finish(queue_.get()), "clFinish"); }
    std::size_t largest_group() const;
    std::uint64_t memory() const;
    std::uint64_t largest_buffer() const;
    unsigned units() const;

private:
    template <class Value>
    Value number(cl_device_info what) const;
    const OpenClLibrary& cl_;
    cl_device_id device_;
    Owned<cl_context, decltype(&clReleaseContext)> context_;
    Owned<cl_command_queue, decltype(&clReleaseCommandQueue)> queue_;
};

/// Each computation of known_answers.hpp; `done` is called after each. One that fails does not stop the others.
void compute_opencl(const OpenClDevice& device, const std::function<void(Computation)>& done);

/// Each figure; `done` is called after each. What a device refuses to measure is left out.
void measure_opencl(const OpenClDevice& device, bool has_fp16, const Wish& wish, const std::function<void(Figure)>& done);

}  // namespace gpupass::guest
