#pragma once

#include "guest/answer.hpp"

#include <string>

namespace gpupass::guest {

/// The engine times of this process: drm-pdev, drm-engine-* and drm-cycles-* of /proc/self/fdinfo
/// (docs.kernel.org/gpu/drm-usage-stats.html). nullopt when procfs does not tell of files at all.
std::optional<EngineTimes> own_engine_times();

/// Adds what one file's fdinfo says.
void add_fdinfo(const std::string& text, EngineTimes& times);

}  // namespace gpupass::guest
