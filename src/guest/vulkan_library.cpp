#include "guest/vulkan_library.hpp"

#include <algorithm>
#include <vector>

namespace gpupass::guest {

namespace {

#ifdef _WIN32
constexpr const char* library_name = "vulkan-1.dll";
#else
constexpr const char* library_name = "libvulkan.so.1";
#endif

constexpr std::uint32_t most_extensions = 1024;
constexpr const char* more_properties = VK_KHR_GET_PHYSICAL_DEVICE_PROPERTIES_2_EXTENSION_NAME;

template <class Function>
bool find(PFN_vkGetInstanceProcAddr get, VkInstance instance, const char* name, Function& function)
{
    function = reinterpret_cast<Function>(get(instance, name));
    return function != nullptr;
}

/// A loader of 1.0 refuses newer programs; a later one takes what it does not know yet, and 1.2 has what we ask for.
std::uint32_t version_to_ask(PFN_vkGetInstanceProcAddr get)
{
    PFN_vkEnumerateInstanceVersion ask{};
    std::uint32_t version = VK_API_VERSION_1_0;
    if (find(get, nullptr, "vkEnumerateInstanceVersion", ask) && ask(&version) == VK_SUCCESS &&
        version >= VK_API_VERSION_1_1)
        return VK_API_VERSION_1_2;
    return VK_API_VERSION_1_0;
}

bool has_more_properties(const VulkanFunctions& vk)
{
    std::vector<VkExtensionProperties> extensions(most_extensions);
    std::uint32_t count = most_extensions;
    if (vk.vkEnumerateInstanceExtensionProperties(nullptr, &count, extensions.data()) < VK_SUCCESS)
        return false;
    extensions.resize(std::min(count, most_extensions));
    return std::ranges::any_of(
        extensions, [](const auto& extension) { return text_of(extension.extensionName) == more_properties; });
}

}  // namespace

std::string result_name(VkResult result)
{
    switch (result) {
#define GPUPASS_VK_CASE(name)                                                                                          \
    case name: return #name
        GPUPASS_VK_CASE(VK_NOT_READY);
        GPUPASS_VK_CASE(VK_TIMEOUT);
        GPUPASS_VK_CASE(VK_INCOMPLETE);
        GPUPASS_VK_CASE(VK_ERROR_OUT_OF_HOST_MEMORY);
        GPUPASS_VK_CASE(VK_ERROR_OUT_OF_DEVICE_MEMORY);
        GPUPASS_VK_CASE(VK_ERROR_INITIALIZATION_FAILED);
        GPUPASS_VK_CASE(VK_ERROR_DEVICE_LOST);
        GPUPASS_VK_CASE(VK_ERROR_MEMORY_MAP_FAILED);
        GPUPASS_VK_CASE(VK_ERROR_LAYER_NOT_PRESENT);
        GPUPASS_VK_CASE(VK_ERROR_EXTENSION_NOT_PRESENT);
        GPUPASS_VK_CASE(VK_ERROR_FEATURE_NOT_PRESENT);
        GPUPASS_VK_CASE(VK_ERROR_INCOMPATIBLE_DRIVER);
        GPUPASS_VK_CASE(VK_ERROR_TOO_MANY_OBJECTS);
        GPUPASS_VK_CASE(VK_ERROR_OUT_OF_POOL_MEMORY);
        GPUPASS_VK_CASE(VK_ERROR_INVALID_SHADER_NV);
#undef GPUPASS_VK_CASE
    default: return "VkResult " + std::to_string(static_cast<int>(result));
    }
}

VulkanLibrary::VulkanLibrary() : library_{library_name}
{
    library_.find("vkGetInstanceProcAddr", find_);
    missing_ = library_.missing().empty() ? make_instance() : library_.missing();
}

VulkanLibrary::~VulkanLibrary()
{
    if (instance_ && functions_.vkDestroyInstance && !abandoned_)
        functions_.vkDestroyInstance(instance_, nullptr);
}

std::string VulkanLibrary::make_instance()
{
#define GPUPASS_VK_FIND(name)                                                                                          \
    if (!find(find_, nullptr, #name, functions_.name))                                                                 \
        return "its loader has no " #name;
    GPUPASS_VK_LOADER(GPUPASS_VK_FIND)
#undef GPUPASS_VK_FIND
    const VkApplicationInfo program{.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                    .pApplicationName = "gpupass-guest",
                                    .apiVersion = version_to_ask(find_)};
    VkInstanceCreateInfo info{.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &program};
    info.ppEnabledExtensionNames = &more_properties;
    info.enabledExtensionCount = has_more_properties(functions_) ? 1 : 0;
    const VkResult result = functions_.vkCreateInstance(&info, nullptr, &instance_);
    if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
        return "no Vulkan driver is installed (the loader found none)";
    return result == VK_SUCCESS ? find_rest() : "vkCreateInstance: " + result_name(result);
}

std::string VulkanLibrary::find_rest()
{
#define GPUPASS_VK_FIND(name)                                                                                          \
    if (!find(find_, instance_, #name, functions_.name))                                                               \
        return "its loader has no " #name;
    GPUPASS_VK_INSTANCE(GPUPASS_VK_FIND)
#undef GPUPASS_VK_FIND
#define GPUPASS_VK_FIND(name) find(find_, instance_, #name, functions_.name);
    GPUPASS_VK_NEWER(GPUPASS_VK_FIND)
#undef GPUPASS_VK_FIND
    return "";
}

}  // namespace gpupass::guest
