#pragma once

#include "guest/ask.hpp"

#include <string>

namespace gpupass::guest {

/// Names for the dynamic linker. Tests bring their own libva-drm: the real one wants a render node.
struct VaLibraries {
    const char* va{"libva.so.2"};
    const char* drm{"libva-drm.so.2"};
};

/// Asks the driver of a render node ("/dev/dri/renderD128", of the wished address) what it encodes and decodes, and lets it do
/// one picture of each: "decode" must give known bytes, "encode" a picture that decodes to nearly the same.
/// A driver may crash or hang in it.
ApiAnswer ask_vaapi(const Wish& wish, const std::string& render_node, const VaLibraries& names = {});

}  // namespace gpupass::guest
