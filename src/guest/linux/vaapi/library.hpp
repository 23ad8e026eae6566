#pragma once

#include "guest/library.hpp"
#include "guest/linux/vaapi/vaapi.hpp"

#include <va/va.h>
#include <va/va_drm.h>
#include <va/va_str.h>

#include <fmt/format.h>

#include <string>

namespace gpupass::guest::vaapi {

/// The functions of VA-API 1.0 that are used here.
struct VaLibrary {
    explicit VaLibrary(const VaLibraries& names);
    /// Why it cannot be used; "" when it can.
    std::string missing() const;
    Library va;
    Library drm;
    decltype(&vaGetDisplayDRM) get_display{};
    decltype(&vaSetErrorCallback) on_error{};
    decltype(&vaSetInfoCallback) on_info{};
    decltype(&vaInitialize) initialize{};
    decltype(&vaTerminate) terminate{};
    decltype(&vaErrorStr) error_text{};
    decltype(&vaQueryVendorString) vendor{};
    decltype(&vaProfileStr) profile_text{};
    decltype(&vaEntrypointStr) entrypoint_text{};
    decltype(&vaMaxNumProfiles) most_profiles{};
    decltype(&vaMaxNumEntrypoints) most_entrypoints{};
    decltype(&vaMaxNumImageFormats) most_formats{};
    decltype(&vaQueryConfigProfiles) profiles{};
    decltype(&vaQueryConfigEntrypoints) entrypoints{};
    decltype(&vaGetConfigAttributes) attributes{};
    decltype(&vaCreateConfig) create_config{};
    decltype(&vaDestroyConfig) destroy_config{};
    decltype(&vaCreateSurfaces) create_surfaces{};
    decltype(&vaDestroySurfaces) destroy_surfaces{};
    decltype(&vaCreateContext) create_context{};
    decltype(&vaDestroyContext) destroy_context{};
    decltype(&vaCreateBuffer) create_buffer{};
    decltype(&vaDestroyBuffer) destroy_buffer{};
    decltype(&vaMapBuffer) map{};
    decltype(&vaUnmapBuffer) unmap{};
    decltype(&vaBeginPicture) begin{};
    decltype(&vaRenderPicture) render{};
    decltype(&vaEndPicture) end{};
    decltype(&vaSyncSurface) sync{};
    decltype(&vaQueryImageFormats) formats{};
    decltype(&vaCreateImage) create_image{};
    decltype(&vaDestroyImage) destroy_image{};
    decltype(&vaGetImage) get_image{};
    decltype(&vaPutImage) put_image{};
};

/// An error of VA-API on its way up to where one thing is given up. Never leaves ask_vaapi().
struct VaError {
    std::string what;
};

inline void must(const VaLibrary& va, VAStatus status, const char* call)
{
    if (status != VA_STATUS_SUCCESS)
        throw VaError{fmt::format("{} failed with {} ({})", call, status, va.error_text(status))};
}

}  // namespace gpupass::guest::vaapi
