#include "guest/windows/guard_store.hpp"

#include "guest/windows/checks.hpp"
#include "guest/windows/registry.hpp"
#include "guest/windows/text.hpp"

#include <fmt/format.h>

#include <windows.h>
// after windows.h
#include <cfgmgr32.h>

#include <fstream>
#include <sstream>

namespace gpupass::guest {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t longest_log = 64u << 10;
constexpr std::uint32_t disabled = 22;

fs::path log_file() { return guard_folder() / "guard.log"; }

std::string now()
{
    SYSTEMTIME time{};
    GetLocalTime(&time);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", time.wYear, time.wMonth, time.wDay, time.wHour, time.wMinute, time.wSecond);
}

bool is_disabled(const std::string& instance)
{
    for (const DisplayDevice& device : read_displays().value_or(std::vector<DisplayDevice>{}))
        if (device.instance == instance)
            return device.problem == disabled;
    return false;
}

}  // namespace

fs::path guard_folder()
{
    std::wstring folder(1024, L'\0');
    folder.resize(GetEnvironmentVariableW(L"ProgramData", folder.data(), static_cast<DWORD>(folder.size())));
    return fs::path{folder.empty() ? L"C:\\ProgramData" : folder} / "gpupass";
}

std::string guarded_device() { return to_utf8(registry_text(guard_key, L"Device").value_or(L"")); }

void guard_log(const std::string& text)
{
    std::error_code error;
    if (fs::file_size(log_file(), error) > longest_log && !error)
        fs::remove(log_file(), error);
    std::ofstream{log_file(), std::ios::app} << now() << ' ' << text << '\n';
}

std::string guard_log_end()
{
    constexpr std::size_t most = 1000;
    std::ifstream in{log_file()};
    std::ostringstream text;
    text << in.rdbuf();
    const std::string all = text.str();
    return all.size() > most ? all.substr(all.find('\n', all.size() - most) + 1) : all;
}

std::string set_device(const std::string& instance, bool enabled)
{
    if (const std::string why = enabled ? "" : why_not_disable(read_displays().value_or(std::vector<DisplayDevice>{}), instance); !why.empty())
        return why;
    DEVINST node{};
    std::wstring id = to_wide(instance);
    if (const CONFIGRET found = CM_Locate_DevNodeW(&node, id.data(), CM_LOCATE_DEVNODE_NORMAL); found != CR_SUCCESS)
        return fmt::format("Windows does not find the device (error {})", found);
    const CONFIGRET done = enabled ? CM_Enable_DevNode(node, 0) : CM_Disable_DevNode(node, CM_DISABLE_UI_NOT_OK);
    if (done != CR_SUCCESS)
        return fmt::format("Windows refused (error {})", done);
    return is_disabled(instance) == !enabled ? "" : "Windows agreed, but its device manager does not show it";
}

}  // namespace gpupass::guest
