#include "guest/linux/vaapi/library.hpp"

namespace gpupass::guest::vaapi {

VaLibrary::VaLibrary(const VaLibraries& names) : va{names.va}, drm{names.drm}
{
    drm.find("vaGetDisplayDRM", get_display);
    va.find("vaSetErrorCallback", on_error);
    va.find("vaSetInfoCallback", on_info);
    va.find("vaInitialize", initialize);
    va.find("vaTerminate", terminate);
    va.find("vaErrorStr", error_text);
    va.find("vaQueryVendorString", vendor);
    va.find("vaProfileStr", profile_text);
    va.find("vaEntrypointStr", entrypoint_text);
    va.find("vaMaxNumProfiles", most_profiles);
    va.find("vaMaxNumEntrypoints", most_entrypoints);
    va.find("vaMaxNumImageFormats", most_formats);
    va.find("vaQueryConfigProfiles", profiles);
    va.find("vaQueryConfigEntrypoints", entrypoints);
    va.find("vaGetConfigAttributes", attributes);
    va.find("vaCreateConfig", create_config);
    va.find("vaDestroyConfig", destroy_config);
    va.find("vaCreateSurfaces", create_surfaces);
    va.find("vaDestroySurfaces", destroy_surfaces);
    va.find("vaCreateContext", create_context);
    va.find("vaDestroyContext", destroy_context);
    va.find("vaCreateBuffer", create_buffer);
    va.find("vaDestroyBuffer", destroy_buffer);
    va.find("vaMapBuffer", map);
    va.find("vaUnmapBuffer", unmap);
    va.find("vaBeginPicture", begin);
    va.find("vaRenderPicture", render);
    va.find("vaEndPicture", end);
    va.find("vaSyncSurface", sync);
    va.find("vaQueryImageFormats", formats);
    va.find("vaCreateImage", create_image);
    va.find("vaDestroyImage", destroy_image);
    va.find("vaGetImage", get_image);
    va.find("vaPutImage", put_image);
}

std::string VaLibrary::missing() const { return va.missing().empty() ? drm.missing() : va.missing(); }

}  // namespace gpupass::guest::vaapi
