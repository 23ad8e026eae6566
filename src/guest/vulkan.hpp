#pragma once

#include "guest/ask.hpp"
#include "guest/vulkan_handle.hpp"
#include "guest/vulkan_list.hpp"
#include "guest/vulkan_shaders.hpp"

#include <cstdint>
#include <functional>
#include <span>

// The pieces of ask_vulkan(): a device opened, its computations, its figures. Every function throws VulkanError.

namespace gpupass::guest {

/// What every shader is told.
struct VulkanArguments {
    std::uint32_t count{};
    std::uint32_t seed{};
};

struct VulkanBuffer {
    VulkanHandle<VkDeviceMemory> memory;
    VulkanHandle<VkBuffer> handle;  // goes before its memory
    std::size_t size{};
    std::span<std::uint8_t> bytes;  // empty in the device's own memory
    template <class Value>
    std::span<Value> as() const
    {
        return {reinterpret_cast<Value*>(bytes.data()), bytes.size() / sizeof(Value)};
    }
};

/// A shader that is ready to run on the buffers it was bound to.
struct VulkanProgram {
    VulkanHandle<VkShaderModule> module;
    VulkanHandle<VkDescriptorSetLayout> set_layout;
    VulkanHandle<VkPipelineLayout> layout;
    VulkanHandle<VkDescriptorPool> pool;
    VulkanHandle<VkPipeline> pipeline;
    VkDescriptorSet set{};  // of the pool
};

/// A device with one queue and one command buffer.
class VulkanDevice {
public:
    using Record = std::function<void(VkCommandBuffer)>;

    VulkanDevice(VulkanLibrary& library, const VulkanListed& listed);
    VulkanDevice(const VulkanDevice&) = delete;
    VulkanDevice& operator=(const VulkanDevice&) = delete;

    /// `host`: memory that this process sees, else the device's own.
    VulkanBuffer buffer(std::size_t bytes, bool host);
    VulkanProgram program(Spirv shader);
    /// `second` is for shaders that read one.
    void bind(const VulkanProgram& program, const VulkanBuffer& first, const VulkanBuffer& second);
    void bind(const VulkanProgram& program, const VulkanBuffer& only) { bind(program, only, only); }
    void dispatch(VkCommandBuffer commands, const VulkanProgram& program, VulkanArguments arguments,
                  std::uint32_t groups) const;

    /// Does what is recorded and waits for its end. Seconds, by the device's own clock where it has one.
    double run(const Record& what);
    /// Its two halves. Seconds, by this process's clock.
    void record(const Record& what);
    double submit();

    const VulkanFunctions& vk() const { return vk_; }
    std::uint64_t largest_heap() const;
    std::uint64_t largest_storage() const { return properties_.limits.maxStorageBufferRange; }
    /// It is of no use any more: it hangs, or the system took it away.
    bool is_lost() const { return lost_; }

private:
    template <class Handle, class Info>
    VulkanHandle<Handle> make(VkResult(VKAPI_PTR* create)(VkDevice, const Info*, const VkAllocationCallbacks*, Handle*),
                              typename VulkanHandle<Handle>::Destroy destroy, const Info& info, const char* call)
    {
        Handle handle{};
        must(create(device_.get(), &info, nullptr, &handle), call);
        return {library_, device_.get(), handle, destroy};
    }
    void must(VkResult result, const char* call);
    void choose_family();
    void open(const VulkanListed& listed);
    void make_tools();
    std::uint32_t memory_type(std::uint32_t allowed, VkMemoryPropertyFlags must_have,
                              VkMemoryPropertyFlags better) const;
    void make_layouts(VulkanProgram& program);
    void make_set(VulkanProgram& program);
    double measured_time();

    /// The device itself, destroyed after all that belongs to it.
    class Opened {
    public:
        explicit Opened(const VulkanLibrary& library) : library_{library} {}
        Opened(const Opened&) = delete;
        Opened& operator=(const Opened&) = delete;
        ~Opened()
        {
            if (device_ && !library_.is_abandoned())
                library_.functions().vkDestroyDevice(device_, nullptr);
        }
        VkDevice get() const { return device_; }
        VkDevice* address() { return &device_; }

    private:
        const VulkanLibrary& library_;
        VkDevice device_{};
    };

    VulkanLibrary& library_;
    const VulkanFunctions& vk_;
    VkPhysicalDevice physical_;
    VkPhysicalDeviceProperties properties_{};
    VkPhysicalDeviceMemoryProperties memory_{};
    std::uint32_t family_{};
    std::uint64_t tick_mask_{};  // 0: this queue has no clock
    bool lost_{};
    Opened device_;
    VkQueue queue_{};
    VulkanHandle<VkCommandPool> pool_;
    VkCommandBuffer commands_{};  // of the pool
    VulkanHandle<VkFence> fence_;
    VulkanHandle<VkQueryPool> ticks_;
};

/// Each computation of known_answers.hpp; `done` is called after each. One that fails does not stop the others.
void compute_vulkan(VulkanDevice& device, const std::function<void(Computation)>& done);

/// Each figure; `done` is called after each. What a device refuses to measure is left out; throws when it was lost.
void measure_vulkan(VulkanDevice& device, bool has_fp16, const Wish& wish, const std::function<void(Figure)>& done);

}  // namespace gpupass::guest
