#include "guest/windows/guard.hpp"
#include "guest/windows/guard_store.hpp"

#include <windows.h>

#include <string>

// Windows calls a service before all others stop when it accepts PRESHUTDOWN, and waits for it as long as it asked for. At its
// start the device is enabled again, some times over: the machine is still finding its devices then.

namespace gpupass::guest {

namespace {

constexpr DWORD between_tries = 5'000;  // ms
constexpr int tries = 12;
constexpr DWORD accepted = SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_STOP;

SERVICE_STATUS_HANDLE reporting{};
HANDLE end_event{};

void report(DWORD state, DWORD wait = 0)
{
    SERVICE_STATUS status{};
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    status.dwControlsAccepted = state == SERVICE_RUNNING ? accepted : 0;
    status.dwWaitHint = wait;
    SetServiceStatus(reporting, &status);
}

void disable_guarded()
{
    const std::string why = set_device(guarded_device(), false);
    guard_log(why.empty() ? "disabled before the shutdown" : "not disabled before the shutdown: " + why);
}

/// Until it is enabled, or somebody asks the service to end.
void enable_guarded()
{
    for (int i = 0; i < tries; ++i) {
        const std::string why = set_device(guarded_device(), true);
        if (why.empty()) {
            guard_log("enabled after the start");
            return;
        }
        guard_log("not enabled yet: " + why);
        if (WaitForSingleObject(end_event, between_tries) == WAIT_OBJECT_0)
            return;
    }
}

DWORD WINAPI control(DWORD code, DWORD, void*, void*)
{
    if (code == SERVICE_CONTROL_PRESHUTDOWN) {
        report(SERVICE_STOP_PENDING, 60'000);
        disable_guarded();
        SetEvent(end_event);
    } else if (code == SERVICE_CONTROL_STOP) {
        SetEvent(end_event);
    }
    return NO_ERROR;
}

void WINAPI service_main(DWORD, LPWSTR*)
{
    end_event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    reporting = RegisterServiceCtrlHandlerExW(guard_name, control, nullptr);
    report(SERVICE_RUNNING);
    enable_guarded();
    WaitForSingleObject(end_event, INFINITE);
    report(SERVICE_STOPPED);
}

}  // namespace

int serve_guard()
{
    std::wstring name = guard_name;
    const SERVICE_TABLE_ENTRYW table[] = {{name.data(), service_main}, {nullptr, nullptr}};
    return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}

}  // namespace gpupass::guest
