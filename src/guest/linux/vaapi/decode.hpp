#pragma once

#include "guest/linux/vaapi/pipeline.hpp"

namespace gpupass::guest::vaapi {

/// Decodes one IDR picture of 256x256. Throws VaError.
Picture decode(const Display& display, const Ability& ability, const CodedPicture& coded);

}  // namespace gpupass::guest::vaapi
