#pragma once

#include "guest/linux/vaapi/display.hpp"
#include "guest/linux/vaapi/picture.hpp"

#include <vector>

namespace gpupass::guest::vaapi {

/// What one direction of video needs of a driver: a config, surfaces of 256x256 in NV12, a context and buffers.
class Pipeline {
public:
    Pipeline(const Display& display, const Ability& ability, std::vector<VAConfigAttrib> attributes,
             std::size_t surfaces);
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    ~Pipeline();
    VASurfaceID surface(std::size_t i) const { return surfaces_.at(i); }
    /// Lives as long as the pipeline. `data` may be null.
    VABufferID buffer(VABufferType type, std::size_t size, const void* data);
    template <class Value>
    VABufferID buffer(VABufferType type, const Value& value)
    {
        return buffer(type, sizeof value, &value);
    }
    /// Gives the buffers to the driver and waits until it is done. A driver may let us wait for ever.
    void run(VASurfaceID target, std::vector<VABufferID> buffers) const;

private:
    explicit Pipeline(const Display& display) : display_{display} {}
    const Display& display_;
    VAConfigID config_{VA_INVALID_ID};
    VAContextID context_{VA_INVALID_ID};
    std::vector<VASurfaceID> surfaces_;
    std::vector<VABufferID> buffers_;
};

/// Copies a picture to a surface and back.
void put_picture(const Display& display, VASurfaceID surface, const Picture& picture);
Picture get_picture(const Display& display, VASurfaceID surface);

}  // namespace gpupass::guest::vaapi
