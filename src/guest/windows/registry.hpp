#pragma once

#include <cstdint>
#include <optional>
#include <string>

// Values below HKEY_LOCAL_MACHINE. What cannot be read is nullopt.

namespace gpupass::guest {

std::optional<std::wstring> registry_text(const std::wstring& key, const std::wstring& name);
std::optional<std::uint32_t> registry_number(const std::wstring& key, const std::wstring& name);
bool registry_has_key(const std::wstring& key);
bool registry_has_value(const std::wstring& key, const std::wstring& name);
bool write_registry_text(const std::wstring& key, const std::wstring& name, const std::wstring& text);

}  // namespace gpupass::guest
