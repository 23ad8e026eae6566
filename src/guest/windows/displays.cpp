#define INITGUID  // the property keys are defined in this file
#include "guest/windows/displays.hpp"

#include "guest/windows/text.hpp"

#include <windows.h>
// after windows.h
#include <cfgmgr32.h>
#include <devpropdef.h>
#include <setupapi.h>

#include <fmt/format.h>

#include <charconv>

namespace gpupass::guest {

namespace {

constexpr GUID display_class{0x4d36e968, 0xe325, 0x11ce, {0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18}};
constexpr DWORD most_devices = 64;
constexpr std::uint32_t has_problem = 0x400;  // DN_HAS_PROBLEM
constexpr std::uint32_t is_started = 0x8;     // DN_STARTED

/// The list of present devices, closed with this object.
class DeviceList {
public:
    DeviceList() : handle_{SetupDiGetClassDevsW(&display_class, nullptr, nullptr, DIGCF_PRESENT)} {}
    DeviceList(const DeviceList&) = delete;
    DeviceList& operator=(const DeviceList&) = delete;
    ~DeviceList()
    {
        if (handle_ != INVALID_HANDLE_VALUE)
            SetupDiDestroyDeviceInfoList(handle_);
    }
    bool good() const { return handle_ != INVALID_HANDLE_VALUE; }
    HDEVINFO get() const { return handle_; }

private:
    HDEVINFO handle_;
};

/// The text of a registry property, or the first one of a list of texts.
std::string text_property(HDEVINFO list, SP_DEVINFO_DATA& device, DWORD property)
{
    std::wstring text(2048, L'\0');
    if (!SetupDiGetDeviceRegistryPropertyW(list, &device, property, nullptr, reinterpret_cast<PBYTE>(text.data()),
                                           static_cast<DWORD>((text.size() - 1) * sizeof(wchar_t)), nullptr))
        return "";
    return to_utf8(text.substr(0, text.find(L'\0')));
}

std::optional<std::uint32_t> number_property(HDEVINFO list, SP_DEVINFO_DATA& device, DWORD property)
{
    DWORD value{};
    if (!SetupDiGetDeviceRegistryPropertyW(list, &device, property, nullptr, reinterpret_cast<PBYTE>(&value), sizeof value, nullptr))
        return std::nullopt;
    return value;
}

/// SPDRP_ADDRESS of a PCI device: its number in the upper, the function in the lower half.
std::optional<PciAddress> address_of(HDEVINFO list, SP_DEVINFO_DATA& device)
{
    const auto bus = number_property(list, device, SPDRP_BUSNUMBER);
    const auto place = number_property(list, device, SPDRP_ADDRESS);
    if (!bus || !place || *bus > 0xff || (*place >> 16) > 0x1f || (*place & 0xffff) > 7)
        return std::nullopt;
    return PciAddress{0, static_cast<std::uint8_t>(*bus), static_cast<std::uint8_t>(*place >> 16), static_cast<std::uint8_t>(*place & 0xffff)};
}

std::string instance_of(HDEVINFO list, SP_DEVINFO_DATA& device)
{
    std::wstring text(512, L'\0');
    if (!SetupDiGetDeviceInstanceIdW(list, &device, text.data(), static_cast<DWORD>(text.size()), nullptr))
        return "";
    return to_utf8(text.substr(0, text.find(L'\0')));
}

/// A value of the driver's own key below the class.
std::string driver_value(HDEVINFO list, SP_DEVINFO_DATA& device, const wchar_t* name)
{
    HKEY key = SetupDiOpenDevRegKey(list, &device, DICS_FLAG_GLOBAL, 0, DIREG_DRV, KEY_READ);
    if (key == INVALID_HANDLE_VALUE)
        return "";
    std::wstring text(512, L'\0');
    auto size = static_cast<DWORD>(text.size() * sizeof(wchar_t));
    const bool read = RegGetValueW(key, nullptr, name, RRF_RT_REG_SZ, nullptr, text.data(), &size) == ERROR_SUCCESS;
    RegCloseKey(key);
    return read ? to_utf8(text.substr(0, text.find(L'\0'))) : "";
}

DisplayDevice describe(HDEVINFO list, SP_DEVINFO_DATA& device)
{
    DisplayDevice found{.instance = instance_of(list, device), .name = text_property(list, device, SPDRP_DEVICEDESC),
                        .id = id_in(text_property(list, device, SPDRP_HARDWAREID)), .address = address_of(list, device),
                        .driver_version = driver_value(list, device, L"DriverVersion"), .driver_date = driver_value(list, device, L"DriverDate"),
                        .driver_provider = driver_value(list, device, L"ProviderName")};
    ULONG status{};
    ULONG problem{};
    if (CM_Get_DevNode_Status(&status, &problem, device.DevInst, 0) == CR_SUCCESS) {
        found.problem = (status & has_problem) != 0 ? problem : 0;
        found.started = (status & is_started) != 0;
    }
    return found;
}

// The codes of cfg.h as the device manager shows them.
constexpr Problem problems[] = {
    {1, "it is not configured: no driver was chosen", "install the GPU maker's driver"},
    {10, "its driver could not start it", "look whether all of its memory windows fit (64-bit MMIO of the VM), and try another version of the driver"},
    {12, "its memory windows do not fit into the machine", "give the VM 64-bit MMIO space (pciPassthru.use64bitMMIO and 64bitMMIOSizeGB on ESXi), and EFI firmware"},
    {14, "it needs a restart of Windows", "restart Windows"},
    {18, "its driver has to be installed anew", "install the driver again"},
    {19, "its entries in the registry are damaged", "remove the device in the device manager and look for new hardware"},
    {21, "Windows is removing it", "restart Windows"},
    {22, "it is disabled", "enable it in the device manager; if the shutdown guard disabled it, `gpupass-guest guard status` says so"},
    {24, "it is gone or does not answer", "look at the VM's log on the host for what became of the device"},
    {28, "no driver is installed for it", "install the GPU maker's driver"},
    {29, "the firmware disabled it", "look at the VM's firmware settings"},
    {31, "its driver could not be added", "update the driver"},
    {32, "its service is disabled", "let the driver's service start"},
    {35, "the firmware's tables do not describe it well", "give the VM EFI firmware"},
    {37, "its driver failed while it was loaded", "install the driver again"},
    {38, "an old instance of its driver is still loaded", "restart Windows"},
    {39, "its driver is missing, damaged or not signed", "install the driver again"},
    {43, "its own driver reported a failure: the usual result of an integrated GPU without its firmware tables (OpRegion, VBT) or its stolen memory",
     "on QEMU give it the OpRegion and a ROM; on ESXi no cure is published"},
    {44, "a program or its driver stopped it", "restart Windows"},
    {45, "it is not connected any more", "nothing: it is an entry of an earlier slot"},
    {47, "it was prepared for removal", "restart Windows"},
    {48, "Windows blocks its driver", "install another version of the driver"},
    {52, "its driver is not signed", "install the GPU maker's signed driver"},
};

std::optional<std::uint16_t> hex_after(const std::string& text, const char* word)
{
    const auto at = text.find(word);
    if (at == std::string::npos || at + 8 > text.size())
        return std::nullopt;
    std::uint16_t value{};
    const char* begin = text.data() + at + 4;
    const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
    return error == std::errc{} && end == begin + 4 ? std::optional{value} : std::nullopt;
}

}  // namespace

std::optional<PciId> id_in(const std::string& text)
{
    const auto vendor = hex_after(text, "VEN_");
    const auto device = hex_after(text, "DEV_");
    return vendor && device ? std::optional{PciId{*vendor, *device}} : std::nullopt;
}

const Problem* find_problem(std::uint32_t code)
{
    for (const Problem& problem : problems)
        if (problem.code == code)
            return &problem;
    return nullptr;
}

std::optional<std::vector<DisplayDevice>> read_displays()
{
    const DeviceList list;
    if (!list.good())
        return std::nullopt;
    std::vector<DisplayDevice> devices;
    SP_DEVINFO_DATA device{};
    device.cbSize = sizeof device;
    for (DWORD i = 0; i < most_devices && SetupDiEnumDeviceInfo(list.get(), i, &device); ++i)
        devices.push_back(describe(list.get(), device));
    return devices;
}

}  // namespace gpupass::guest
