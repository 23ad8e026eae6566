#include "model/verdict.hpp"

#include <string_view>

namespace gpupass {

bool is_computation(const Check& check)
{
    const std::string_view id = check.id;
    return check.result == "pass" && (id.starts_with("opencl-compute") || id.starts_with("vulkan-compute") ||
                                      id.starts_with("windows-compute") || id.starts_with("engine") || id.starts_with("speed"));
}

}  // namespace gpupass
