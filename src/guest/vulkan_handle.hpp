#pragma once

#include "guest/vulkan_library.hpp"

#include <utility>

namespace gpupass::guest {

/// What belongs to a device, and the function that destroys it.
template <class Handle>
class VulkanHandle {
public:
    using Destroy = void(VKAPI_PTR*)(VkDevice, Handle, const VkAllocationCallbacks*);

    VulkanHandle() = default;
    VulkanHandle(const VulkanLibrary& library, VkDevice device, Handle handle, Destroy destroy)
        : library_{&library}, device_{device}, handle_{handle}, destroy_{destroy}
    {
    }
    VulkanHandle(VulkanHandle&& other) noexcept
        : library_{other.library_}, device_{other.device_}, handle_{std::exchange(other.handle_, Handle{})},
          destroy_{other.destroy_}
    {
    }
    VulkanHandle& operator=(VulkanHandle&& other) noexcept
    {
        std::swap(library_, other.library_);
        std::swap(device_, other.device_);
        std::swap(handle_, other.handle_);
        std::swap(destroy_, other.destroy_);
        return *this;
    }
    ~VulkanHandle()
    {
        if (handle_ && !library_->is_abandoned())
            destroy_(device_, handle_, nullptr);
    }
    Handle get() const { return handle_; }
    const Handle* address() const { return &handle_; }
    explicit operator bool() const { return handle_ != Handle{}; }

private:
    const VulkanLibrary* library_{};
    VkDevice device_{};
    Handle handle_{};
    Destroy destroy_{};
};

}  // namespace gpupass::guest
