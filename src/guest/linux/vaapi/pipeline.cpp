#include "guest/linux/vaapi/pipeline.hpp"

namespace gpupass::guest::vaapi {

namespace {

VASurfaceAttrib nv12()
{
    VASurfaceAttrib attribute{};
    attribute.type = VASurfaceAttribPixelFormat;
    attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
    attribute.value.type = VAGenericValueTypeInteger;
    attribute.value.value.i = VA_FOURCC_NV12;
    return attribute;
}

}  // namespace

// After the other constructor the object is whole: its destructor runs when something below throws.
Pipeline::Pipeline(const Display& display, const Ability& ability, std::vector<VAConfigAttrib> attributes,
                   std::size_t surfaces)
    : Pipeline{display}
{
    const VaLibrary& va = display_.va();
    attributes.push_back({VAConfigAttribRTFormat, VA_RT_FORMAT_YUV420});
    display_.check(va.create_config(display_.handle(), ability.profile, ability.entrypoint, attributes.data(),
                                    static_cast<int>(attributes.size()), &config_),
                   "vaCreateConfig");
    std::vector<VASurfaceID> made(surfaces, VA_INVALID_SURFACE);
    VASurfaceAttrib format = nv12();
    display_.check(va.create_surfaces(display_.handle(), VA_RT_FORMAT_YUV420, width, height, made.data(),
                                      static_cast<unsigned>(surfaces), &format, 1),
                   "vaCreateSurfaces");
    surfaces_ = std::move(made);
    display_.check(va.create_context(display_.handle(), config_, width, height, VA_PROGRESSIVE, surfaces_.data(),
                                     static_cast<int>(surfaces), &context_),
                   "vaCreateContext");
}

Pipeline::~Pipeline()
{
    const VaLibrary& va = display_.va();
    for (const VABufferID buffer : buffers_)
        va.destroy_buffer(display_.handle(), buffer);
    if (context_ != VA_INVALID_ID)
        va.destroy_context(display_.handle(), context_);
    if (!surfaces_.empty())
        va.destroy_surfaces(display_.handle(), surfaces_.data(), static_cast<int>(surfaces_.size()));
    if (config_ != VA_INVALID_ID)
        va.destroy_config(display_.handle(), config_);
}

VABufferID Pipeline::buffer(VABufferType type, std::size_t size, const void* data)
{
    VABufferID id = VA_INVALID_ID;
    // libva promises to copy `data`; its type is older than const.
    display_.check(display_.va().create_buffer(display_.handle(), context_, type, static_cast<unsigned>(size), 1,
                                               const_cast<void*>(data), &id),
                   "vaCreateBuffer");
    buffers_.push_back(id);
    return id;
}

void Pipeline::run(VASurfaceID target, std::vector<VABufferID> buffers) const
{
    const VaLibrary& va = display_.va();
    display_.check(va.begin(display_.handle(), context_, target), "vaBeginPicture");
    // One call each, as most programs do it: drivers were found that take only one kind of buffer a call.
    for (VABufferID& buffer : buffers)
        display_.check(va.render(display_.handle(), context_, &buffer, 1), "vaRenderPicture");
    display_.check(va.end(display_.handle(), context_), "vaEndPicture");
    display_.check(va.sync(display_.handle(), target), "vaSyncSurface");
}

}  // namespace gpupass::guest::vaapi
