#include "guest/windows/system.hpp"

#include "guest/library.hpp"
#include "guest/windows/registry.hpp"
#include "guest/windows/text.hpp"

#include <fmt/format.h>

#include <windows.h>
// after windows.h
#include <winevt.h>

namespace gpupass::guest {

namespace {

constexpr const wchar_t* device_guard = L"SYSTEM\\CurrentControlSet\\Control\\DeviceGuard";
constexpr int most_events = 50;

Check under_wine(const char* id) { return {.id = id, .result = "skip", .detail = "wine does not know"}; }

/// With VBS Windows runs on its own hypervisor, which on ESXi wants the VM's virtual IOMMU: the two exclude a passed-through device there.
Check check_vbs()
{
    if (is_wine())
        return under_wine("windows-vbs");
    const bool on = registry_number(device_guard, L"EnableVirtualizationBasedSecurity").value_or(0) != 0;
    if (!on)
        return {.id = "windows-vbs", .result = "pass", .detail = "virtualization based security is not configured"};
    return {.id = "windows-vbs", .result = "warn", .detail = "virtualization based security is configured",
            .fix = "turn off memory integrity in Windows' security settings where it is not needed; on ESXi its virtual IOMMU keeps VMs with passed-through devices from starting"};
}

Check check_restart()
{
    if (is_wine())
        return under_wine("windows-restart");
    const bool pending = registry_has_key(L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending") ||
                         registry_has_key(L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired") ||
                         registry_has_value(L"SYSTEM\\CurrentControlSet\\Control\\Session Manager", L"PendingFileRenameOperations");
    if (pending)
        return {.id = "windows-restart", .result = "warn", .detail = "Windows waits for a restart", .fix = "restart Windows, then verify again"};
    return {.id = "windows-restart", .result = "pass", .detail = "no restart is pending"};
}

/// wevtapi by LoadLibrary: not every Windows has the log's service.
struct EventLog {
    Library library{"wevtapi.dll"};
    decltype(&EvtQuery) query{};
    decltype(&EvtNext) next{};
    decltype(&EvtClose) close{};

    EventLog()
    {
        library.find("EvtQuery", query);
        library.find("EvtNext", next);
        library.find("EvtClose", close);
    }
};

/// How many events of the last 30 days a provider wrote with that id; -1: the log does not answer.
int count_events(const EventLog& log, const wchar_t* provider, int id)
{
    const std::wstring words = L"*[System[Provider[@Name='" + std::wstring{provider} + L"'] and EventID=" + std::to_wstring(id) +
                               L" and TimeCreated[timediff(@SystemTime) <= 2592000000]]]";
    EVT_HANDLE found = log.query(nullptr, L"System", words.c_str(), EvtQueryChannelPath | EvtQueryReverseDirection);
    if (!found)
        return -1;
    int count = 0;
    EVT_HANDLE event{};
    DWORD returned{};
    while (count < most_events && log.next(found, 1, &event, 2000, 0, &returned) && returned == 1) {
        log.close(event);
        ++count;
    }
    log.close(found);
    return count;
}

Check event_check(const EventLog& log, const char* id, const wchar_t* provider, int event, const char* what, const char* fix)
{
    if (is_wine())
        return under_wine(id);
    const int count = log.library.missing().empty() ? count_events(log, provider, event) : -1;
    if (count < 0)
        return {.id = id, .result = "skip", .detail = "the event log does not answer"};
    if (count == 0)
        return {.id = id, .result = "pass", .detail = fmt::format("no {} in 30 days", what)};
    return {.id = id, .result = "warn", .detail = fmt::format("{} in 30 days: {}", what, count), .value = count, .unit = "events", .fix = fix};
}

}  // namespace

bool is_wine()
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
}

std::vector<Check> check_system()
{
    const EventLog log;
    return {check_vbs(), check_restart(),
            event_check(log, "windows-bugchecks", L"Microsoft-Windows-WER-SystemErrorReporting", 1001, "blue screens",
                        "look which driver they name; a GPU that is torn away at shutdown is a known cause (`gpupass-guest guard` is a remedy that nobody has proven for Intel Xe)"),
            event_check(log, "windows-reboots", L"Microsoft-Windows-Kernel-Power", 41, "restarts without a shutdown", "look at the VM's log on the host for what ended it")};
}

}  // namespace gpupass::guest
