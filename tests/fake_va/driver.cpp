#include "store.hpp"

#include <algorithm>
#include <cstdlib>

// Configs, contexts, pictures, and the entry that libva looks for.

namespace {

using namespace fake_va;

VAStatus query_profiles(VADriverContextP, VAProfile* profiles, int* count)
{
    profiles[0] = VAProfileH264Main;
    profiles[1] = VAProfileH264High;
    profiles[2] = VAProfileNone;
    *count = 3;
    return VA_STATUS_SUCCESS;
}

VAStatus query_entrypoints(VADriverContextP context, VAProfile profile, VAEntrypoint* entrypoints, int* count)
{
    *count = 0;
    if (profile == VAProfileNone)
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    entrypoints[(*count)++] = VAEntrypointVLD;
    if (profile == VAProfileH264High && !driver_of(context).is("no-encoder"))
        entrypoints[(*count)++] = VAEntrypointEncSliceLP;
    return VA_STATUS_SUCCESS;
}

unsigned attribute(const Driver& driver, VAConfigAttribType type)
{
    if (type == VAConfigAttribRTFormat)
        return VA_RT_FORMAT_YUV420;
    if (type == VAConfigAttribRateControl)
        return VA_RC_CQP | VA_RC_CBR;
    if (type == VAConfigAttribEncPackedHeaders && !driver.is("no-packed-headers"))
        return VA_ENC_PACKED_HEADER_SEQUENCE | VA_ENC_PACKED_HEADER_PICTURE | VA_ENC_PACKED_HEADER_SLICE |
            VA_ENC_PACKED_HEADER_MISC;
    return VA_ATTRIB_NOT_SUPPORTED;
}

VAStatus get_attributes(VADriverContextP context, VAProfile, VAEntrypoint, VAConfigAttrib* list, int count)
{
    for (int i = 0; i < count; ++i)
        list[i].value = attribute(driver_of(context), list[i].type);
    return VA_STATUS_SUCCESS;
}

VAStatus create_config(VADriverContextP context, VAProfile, VAEntrypoint entrypoint, VAConfigAttrib*, int,
                       VAConfigID* id)
{
    driver_of(context).configs[*id = driver_of(context).next++] = entrypoint;
    return VA_STATUS_SUCCESS;
}

VAStatus create_context(VADriverContextP context, VAConfigID config, int, int, int, VASurfaceID*, int, VAContextID* id)
{
    driver_of(context).contexts[*id = driver_of(context).next++] = {
        driver_of(context).configs[config], VA_INVALID_SURFACE, {}};
    return VA_STATUS_SUCCESS;
}

VAStatus begin_picture(VADriverContextP context, VAContextID id, VASurfaceID target)
{
    Context& work = driver_of(context).contexts[id];
    work.target = target;
    work.rendered.clear();
    return driver_of(context).surfaces.count(target) == 1 ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_SURFACE;
}

VAStatus render_picture(VADriverContextP context, VAContextID id, VABufferID* buffers, int count)
{
    auto& rendered = driver_of(context).contexts[id].rendered;
    rendered.insert(rendered.end(), buffers, buffers + count);
    return VA_STATUS_SUCCESS;
}

VAStatus end_picture(VADriverContextP context, VAContextID id)
{
    Context& work = driver_of(context).contexts[id];
    return work.entrypoint == VAEntrypointVLD ? decode(driver_of(context), work) : encode(driver_of(context), work);
}

/// A program that lets go of everything leaves nothing behind.
VAStatus terminate(VADriverContextP context)
{
    const Driver& driver = driver_of(context);
    if (!driver.configs.empty() || !driver.contexts.empty() || !driver.surfaces.empty() || !driver.buffers.empty())
        std::abort();
    delete &driver;
    return VA_STATUS_SUCCESS;
}

template <class... Arguments>
void set_missing(VAStatus (*&function)(Arguments...))
{
    function = [](Arguments...) -> VAStatus { return VA_STATUS_ERROR_UNIMPLEMENTED; };
}

/// libva takes no driver without these.
void set_missing_functions(VADriverVTable& table)
{
    set_missing(table.vaQueryConfigAttributes);
    set_missing(table.vaCreateSurfaces);
    set_missing(table.vaBufferSetNumElements);
    set_missing(table.vaQuerySurfaceStatus);
    set_missing(table.vaPutSurface);
    set_missing(table.vaDeriveImage);
    set_missing(table.vaSetImagePalette);
    set_missing(table.vaQuerySubpictureFormats);
    set_missing(table.vaCreateSubpicture);
    set_missing(table.vaDestroySubpicture);
    set_missing(table.vaSetSubpictureImage);
    set_missing(table.vaSetSubpictureChromakey);
    set_missing(table.vaSetSubpictureGlobalAlpha);
    set_missing(table.vaAssociateSubpicture);
    set_missing(table.vaDeassociateSubpicture);
    set_missing(table.vaQueryDisplayAttributes);
    set_missing(table.vaGetDisplayAttributes);
    set_missing(table.vaSetDisplayAttributes);
}

void set_functions(VADriverVTable& table)
{
    table.vaTerminate = terminate;
    table.vaQueryConfigProfiles = query_profiles;
    table.vaQueryConfigEntrypoints = query_entrypoints;
    table.vaGetConfigAttributes = get_attributes;
    table.vaCreateConfig = create_config;
    table.vaDestroyConfig = [](VADriverContextP context, VAConfigID id) -> VAStatus {
        return driver_of(context).configs.erase(id) == 1 ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_CONFIG;
    };
    table.vaCreateContext = create_context;
    table.vaDestroyContext = [](VADriverContextP context, VAContextID id) -> VAStatus {
        return driver_of(context).contexts.erase(id) == 1 ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_CONTEXT;
    };
    table.vaBeginPicture = begin_picture;
    table.vaRenderPicture = render_picture;
    table.vaEndPicture = end_picture;
    table.vaSyncSurface = [](VADriverContextP, VASurfaceID) -> VAStatus { return VA_STATUS_SUCCESS; };
}

}  // namespace

// libva looks for the newest minor version that it knows first; version 1.0 is what all of them take.
extern "C" VAStatus __vaDriverInit_1_0(VADriverContextP context)
{
    const char* mode = std::getenv("FAKE_VA");
    if (mode && std::string_view{mode} == "init-fails")
        return VA_STATUS_ERROR_OPERATION_FAILED;
    context->pDriverData = new Driver{.mode = mode ? mode : "right"};
    context->version_major = 1;
    context->max_profiles = driver_of(context).is("many-profiles") ? 100'000 : 8;
    context->max_entrypoints = 4;
    context->max_attributes = 4;
    context->max_image_formats = 2;
    context->max_subpic_formats = 1;
    context->max_display_attributes = 1;
    context->str_vendor = "Fake video driver 1.0";
    set_store_functions(*context->vtable);
    set_functions(*context->vtable);
    set_missing_functions(*context->vtable);
    return VA_STATUS_SUCCESS;
}
