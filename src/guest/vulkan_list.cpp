#include "guest/vulkan_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

// Names, counts and versions come from drivers, and are bounded.

namespace gpupass::guest {

namespace {

constexpr std::uint32_t most_devices = 32;
constexpr std::uint32_t most_extensions = 2048;
constexpr std::uint32_t nvidia_vendor = 0x10de;

std::set<std::string> extensions_of(const VulkanFunctions& vk, VkPhysicalDevice device)
{
    std::vector<VkExtensionProperties> extensions(most_extensions);
    std::uint32_t count = most_extensions;
    if (vk.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, extensions.data()) < VK_SUCCESS)
        return {};
    extensions.resize(std::min(count, most_extensions));
    std::set<std::string> names;
    for (const VkExtensionProperties& extension : extensions)
        names.insert(text_of(extension.extensionName));
    return names;
}

/// What a device answers; the parts that it does not know stay as they are.
struct Properties {
    VkPhysicalDeviceProperties base{};
    VkPhysicalDeviceDriverProperties driver{};
    VkPhysicalDevicePCIBusInfoPropertiesEXT bus{};
    VkPhysicalDeviceShaderFloat16Int8Features small{};
    bool has_driver{};
    bool has_bus{};
    bool has_small{};
};

/// Puts `part` before what is in the chain already.
template <class Chain, class Part>
void chain(Chain& head, Part& part, VkStructureType type)
{
    part.sType = type;
    part.pNext = head.pNext;
    head.pNext = &part;
}

void ask_properties(const VulkanFunctions& vk, VkPhysicalDevice device, Properties& found)
{
    const auto ask =
        vk.vkGetPhysicalDeviceProperties2KHR ? vk.vkGetPhysicalDeviceProperties2KHR : vk.vkGetPhysicalDeviceProperties2;
    found.has_driver = found.has_driver && ask;
    found.has_bus = found.has_bus && ask;
    if (!found.has_driver && !found.has_bus)
        return;
    VkPhysicalDeviceProperties2 head{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
    if (found.has_driver)
        chain(head, found.driver, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES);
    if (found.has_bus)
        chain(head, found.bus, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PCI_BUS_INFO_PROPERTIES_EXT);
    ask(device, &head);
}

void ask_features(const VulkanFunctions& vk, VkPhysicalDevice device, Properties& found)
{
    const auto ask =
        vk.vkGetPhysicalDeviceFeatures2KHR ? vk.vkGetPhysicalDeviceFeatures2KHR : vk.vkGetPhysicalDeviceFeatures2;
    found.has_small = found.has_small && ask;
    if (!found.has_small)
        return;
    VkPhysicalDeviceFeatures2 head{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2};
    chain(head, found.small, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES);
    ask(device, &head);
}

Properties properties_of(const VulkanFunctions& vk, VkPhysicalDevice device, const std::set<std::string>& extensions)
{
    Properties found;
    vk.vkGetPhysicalDeviceProperties(device, &found.base);
    const bool is_newer = found.base.apiVersion >= VK_API_VERSION_1_2;
    found.has_driver = is_newer || extensions.contains(VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME);
    found.has_small = is_newer || extensions.contains(VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME);
    found.has_bus = extensions.contains(VK_EXT_PCI_BUS_INFO_EXTENSION_NAME);
    ask_properties(vk, device, found);
    ask_features(vk, device, found);
    return found;
}

std::string number_text(const VkPhysicalDeviceProperties& base)
{
    const std::uint32_t v = base.driverVersion;
    if (base.vendorID == nvidia_vendor)
        return fmt::format("{}.{}.{}", v >> 22, (v >> 14) & 0xff, (v >> 6) & 0xff);
#ifdef _WIN32
    if (base.vendorID == 0x8086)
        return fmt::format("{}.{}", v >> 14, v & 0x3fff);  // the end of 31.0.101.2111
#endif
    return fmt::format("{}.{}.{}", VK_API_VERSION_MAJOR(v), VK_API_VERSION_MINOR(v), VK_API_VERSION_PATCH(v));
}

/// Intel's driver for Windows says "Intel driver", which is no version.
std::string version_of(const Properties& found)
{
    const std::string info = found.has_driver ? text_of(found.driver.driverInfo) : "";
    return info.find_first_of("0123456789") == std::string::npos ? number_text(found.base) : info;
}

std::string software_of(const Properties& found)
{
    if (found.base.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU)
        return "device type CPU";
    if (found.has_driver && found.driver.driverID == VK_DRIVER_ID_MESA_LLVMPIPE)
        return "driver llvmpipe";
    if (found.has_driver && found.driver.driverID == VK_DRIVER_ID_GOOGLE_SWIFTSHADER)
        return "driver SwiftShader";
    return "";
}

std::optional<PciAddress> address_of(const Properties& found)
{
    const auto& bus = found.bus;
    if (!found.has_bus || bus.pciDomain > 0xffff || bus.pciBus > 0xff || bus.pciDevice > 0x1f || bus.pciFunction > 7)
        return std::nullopt;
    return PciAddress{static_cast<std::uint16_t>(bus.pciDomain), static_cast<std::uint8_t>(bus.pciBus),
                      static_cast<std::uint8_t>(bus.pciDevice), static_cast<std::uint8_t>(bus.pciFunction)};
}

/// Vendors without a PCI id have a larger one of Khronos: Mesa's is 0x10005.
std::optional<PciId> id_of(const VkPhysicalDeviceProperties& base)
{
    if (base.vendorID > 0xffff || base.deviceID > 0xffff)
        return std::nullopt;
    return PciId{static_cast<std::uint16_t>(base.vendorID), static_cast<std::uint16_t>(base.deviceID)};
}

VulkanListed listed(const VulkanFunctions& vk, VkPhysicalDevice handle)
{
    const auto extensions = extensions_of(vk, handle);
    const Properties found = properties_of(vk, handle, extensions);
    VulkanListed device{.handle = handle,
                        .known = {},
                        .fp16 = found.has_small && found.small.shaderFloat16 == VK_TRUE,
                        .fp16_extension = extensions.contains(VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME)};
    device.known.platform = found.has_driver ? text_of(found.driver.driverName) : "";
    device.known.name = text_of(found.base.deviceName);
    device.known.driver = version_of(found);
    device.known.software = software_of(found);
    device.known.address = address_of(found);
    device.known.id = id_of(found.base);
    if (device.fp16)
        device.known.features.emplace_back("fp16");
    return device;
}

}  // namespace

std::vector<VulkanListed> list_vulkan(const VulkanLibrary& library)
{
    const VulkanFunctions& vk = library.functions();
    std::vector<VkPhysicalDevice> handles(most_devices);
    std::uint32_t count = most_devices;
    // VK_INCOMPLETE is no error: there are more than we take.
    if (const VkResult result = vk.vkEnumeratePhysicalDevices(library.instance(), &count, handles.data());
        result < VK_SUCCESS)
        throw VulkanError{"vkEnumeratePhysicalDevices: " + result_name(result), result};
    handles.resize(std::min(count, most_devices));
    std::vector<VulkanListed> devices;
    for (VkPhysicalDevice handle : handles)
        devices.push_back(listed(vk, handle));
    return devices;
}

}  // namespace gpupass::guest
