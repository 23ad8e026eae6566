#include "guest/linux/checks.hpp"
#include "guest/linux/engine_times.hpp"
#include "guest/linux/files.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    gpupass::guest::LinuxFacts facts;
    facts.log = gpupass::guest::lines_of(text);
    gpupass::guest::DisplayFunction gpu{.address = {0, 0, 2, 0}, .id = {0x8086, 0x9a49}, .class_code = 0x030000, .driver = "i915"};
    (void)gpupass::guest::check_kernel_log(facts, gpu);
    gpupass::guest::EngineTimes times;
    gpupass::guest::add_fdinfo(text, times);
    return 0;
}
