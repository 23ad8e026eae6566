#include "guest/windows/registry.hpp"

#include <windows.h>

namespace gpupass::guest {

namespace {

constexpr DWORD longest = 64u << 10;

}  // namespace

std::optional<std::wstring> registry_text(const std::wstring& key, const std::wstring& name)
{
    DWORD size = longest;
    std::wstring text(longest / sizeof(wchar_t), L'\0');
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), name.c_str(), RRF_RT_REG_SZ, nullptr, text.data(), &size) != ERROR_SUCCESS)
        return std::nullopt;
    return text.substr(0, text.find(L'\0'));
}

std::optional<std::uint32_t> registry_number(const std::wstring& key, const std::wstring& name)
{
    DWORD value{};
    DWORD size = sizeof value;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), name.c_str(), RRF_RT_REG_DWORD, nullptr, &value, &size) != ERROR_SUCCESS)
        return std::nullopt;
    return value;
}

bool registry_has_key(const std::wstring& key)
{
    HKEY opened{};
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, key.c_str(), 0, KEY_READ, &opened) != ERROR_SUCCESS)
        return false;
    RegCloseKey(opened);
    return true;
}

bool registry_has_value(const std::wstring& key, const std::wstring& name)
{
    return RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), name.c_str(), RRF_RT_ANY, nullptr, nullptr, nullptr) == ERROR_SUCCESS;
}

bool write_registry_text(const std::wstring& key, const std::wstring& name, const std::wstring& text)
{
    return RegSetKeyValueW(HKEY_LOCAL_MACHINE, key.c_str(), name.c_str(), REG_SZ, text.c_str(),
                           static_cast<DWORD>((text.size() + 1) * sizeof(wchar_t))) == ERROR_SUCCESS;
}

}  // namespace gpupass::guest
