#define INITGUID  // the property keys are defined in this file
#include "guest/windows/displays.hpp"

#include "guest/windows/text.hpp"

#include <windows.h>
// after windows.h
#include <cfgmgr32.h>
#include <devpropdef.h>
#include <setupapi.h>

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

}  // namespace

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
