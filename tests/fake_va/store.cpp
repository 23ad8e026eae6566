#include "store.hpp"

#include <cstring>

namespace fake_va {

namespace {

VAStatus create_surfaces(VADriverContextP context, unsigned, unsigned w, unsigned h, VASurfaceID* ids, unsigned count,
                         VASurfaceAttrib*, unsigned)
{
    if (w != width || h != height)
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    for (unsigned i = 0; i < count; ++i)
        driver_of(context).surfaces[ids[i] = driver_of(context).next++] = Bytes(picture_size);
    return VA_STATUS_SUCCESS;
}

VAStatus destroy_surfaces(VADriverContextP context, VASurfaceID* ids, int count)
{
    for (int i = 0; i < count; ++i)
        if (driver_of(context).surfaces.erase(ids[i]) == 0)
            return VA_STATUS_ERROR_INVALID_SURFACE;
    return VA_STATUS_SUCCESS;
}

VAStatus create_buffer(VADriverContextP context, VAContextID, VABufferType type, unsigned size, unsigned count,
                       void* data, VABufferID* id)
{
    Buffer buffer{type, Bytes(std::size_t{size} * count), {}};
    if (data)
        std::memcpy(buffer.data.data(), data, buffer.data.size());
    driver_of(context).buffers[*id = driver_of(context).next++] = std::move(buffer);
    return VA_STATUS_SUCCESS;
}

VAStatus destroy_buffer(VADriverContextP context, VABufferID id)
{
    return driver_of(context).buffers.erase(id) == 1 ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_BUFFER;
}

void fill_segment(const Driver& driver, Buffer& buffer)
{
    buffer.segment.buf = buffer.data.data();
    buffer.segment.size = static_cast<std::uint32_t>(buffer.data.size());
    if (driver.is("absurd-size"))
        buffer.segment.size = 0xfffffff0u;
    if (driver.is("endless")) {
        buffer.segment.size = 0;
        buffer.segment.next = &buffer.segment;
    }
}

VAStatus map_buffer(VADriverContextP context, VABufferID id, void** address)
{
    Driver& driver = driver_of(context);
    const auto found = driver.buffers.find(id);
    if (found == driver.buffers.end())
        return VA_STATUS_ERROR_INVALID_BUFFER;
    if (driver.is("no-map"))
        return VA_STATUS_ERROR_OPERATION_FAILED;
    *address = found->second.data.data();
    if (found->second.type == VAEncCodedBufferType) {
        fill_segment(driver, found->second);
        *address = &found->second.segment;
    }
    return VA_STATUS_SUCCESS;
}

VAStatus query_formats(VADriverContextP, VAImageFormat* formats, int* count)
{
    formats[0] = {};
    formats[0].fourcc = VA_FOURCC_NV12;
    *count = 1;
    return VA_STATUS_SUCCESS;
}

/// Its rows are longer than the picture's, as those of real drivers often are.
VAStatus create_image(VADriverContextP context, VAImageFormat* format, int w, int h, VAImage* image)
{
    Driver& driver = driver_of(context);
    *image = {};
    image->format = *format;
    image->width = static_cast<std::uint16_t>(w);
    image->height = static_cast<std::uint16_t>(h);
    image->num_planes = 2;
    image->pitches[0] = image->pitches[1] = width + 64;
    image->offsets[1] = (width + 64) * height;
    image->data_size = (width + 64) * height * 3 / 2;
    image->image_id = driver.next++;
    create_buffer(context, 0, VAImageBufferType, image->data_size, 1, nullptr, &image->buf);
    if (driver.is("small-image"))
        image->data_size /= 2;
    driver.images[image->image_id] = image->buf;
    return VA_STATUS_SUCCESS;
}

VAStatus destroy_image(VADriverContextP context, VAImageID id)
{
    destroy_buffer(context, driver_of(context).images[id]);
    return driver_of(context).images.erase(id) == 1 ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_IMAGE;
}

template <class Copy>
VAStatus copy_rows(Driver& driver, VASurfaceID surface, VAImageID image, Copy copy)
{
    if (driver.surfaces.count(surface) == 0 || driver.images.count(image) == 0)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    Bytes& data = driver.buffers[driver.images[image]].data;
    for (std::size_t y = 0; y < height * 3 / 2; ++y)
        copy(driver.surfaces[surface].data() + y * width, data.data() + y * (width + 64));
    return VA_STATUS_SUCCESS;
}

VAStatus get_image(VADriverContextP context, VASurfaceID surface, int, int, unsigned, unsigned, VAImageID image)
{
    return copy_rows(driver_of(context), surface, image,
                     [](auto* row, auto* target) { std::memcpy(target, row, width); });
}

VAStatus put_image(VADriverContextP context, VASurfaceID surface, VAImageID image, int, int, unsigned, unsigned, int,
                   int, unsigned, unsigned)
{
    return copy_rows(driver_of(context), surface, image,
                     [](auto* row, auto* source) { std::memcpy(row, source, width); });
}

}  // namespace

void set_store_functions(VADriverVTable& table)
{
    table.vaCreateSurfaces2 = create_surfaces;
    table.vaDestroySurfaces = destroy_surfaces;
    table.vaCreateBuffer = create_buffer;
    table.vaDestroyBuffer = destroy_buffer;
    table.vaMapBuffer = map_buffer;
    table.vaUnmapBuffer = [](VADriverContextP, VABufferID) -> VAStatus { return VA_STATUS_SUCCESS; };
    table.vaQueryImageFormats = query_formats;
    table.vaCreateImage = create_image;
    table.vaDestroyImage = destroy_image;
    table.vaGetImage = get_image;
    table.vaPutImage = put_image;
}

}  // namespace fake_va
