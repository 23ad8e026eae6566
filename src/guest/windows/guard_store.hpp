#pragma once

#include <filesystem>
#include <string>

// Where the guard keeps what it has: a folder below ProgramData, and the parameters of its service.

namespace gpupass::guest {

inline constexpr const wchar_t* guard_name = L"gpupass-guard";
inline constexpr const wchar_t* guard_key = L"SYSTEM\\CurrentControlSet\\Services\\gpupass-guard\\Parameters";

std::filesystem::path guard_folder();
/// The instance id of the device; "" when none is stored.
std::string guarded_device();
/// One line with the time; the log is begun anew when it is larger than 64 KiB.
void guard_log(const std::string& text);
/// The last lines of the log.
std::string guard_log_end();

/// Disables or enables exactly this device instance and looks whether it is so. "" when it worked, else why not.
std::string set_device(const std::string& instance, bool enabled);

}  // namespace gpupass::guest
