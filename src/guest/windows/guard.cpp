#include "guest/windows/guard.hpp"

#include "guest/windows/checks.hpp"
#include "guest/windows/guard_store.hpp"
#include "guest/windows/registry.hpp"
#include "guest/windows/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <windows.h>

#include <algorithm>
#include <optional>
#include <ostream>

namespace gpupass::guest {

namespace fs = std::filesystem;

namespace {

constexpr DWORD wait_before_shutdown = 60'000;  // ms; Windows' own is 10 s since 10 1703
constexpr const char* warning =
    "unproven on Intel Xe: nobody has published that this cures the blue screen at shutdown there. A VM that is cut off bypasses it, and so does\n"
    "a hybrid shutdown: turn fast startup off.\n";

class Service {
public:
    explicit Service(SC_HANDLE handle) : handle_{handle} {}
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service()
    {
        if (handle_)
            CloseServiceHandle(handle_);
    }
    SC_HANDLE get() const { return handle_; }

private:
    SC_HANDLE handle_;
};

int failed(std::ostream& err, const std::string& what)
{
    err << "gpupass-guest guard: " << what << '\n';
    return 1;
}

fs::path own_path()
{
    std::wstring path(32768, L'\0');
    path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return path;
}

fs::path installed_program() { return guard_folder() / "gpupass-guest.exe"; }

/// The device that is meant by --device, or the only GPU.
std::optional<DisplayDevice> choose(std::span<const std::string> words, const std::vector<DisplayDevice>& displays)
{
    Request request;
    if (words.size() == 2 && words[0] == "--device") {
        request.address = parse_pci_address(words[1]);
        request.id = request.address ? std::nullopt : parse_pci_id(words[1]);
    }
    const PlatformReport report = check_displays(displays, request);
    const auto found = std::ranges::find_if(displays, [&](const DisplayDevice& device) {
        return report.gpu && device.id == report.gpu->id && device.address.value_or(PciAddress{}) == report.gpu->address;
    });
    return found == displays.end() ? std::nullopt : std::optional{*found};
}

bool make_service(SC_HANDLE manager)
{
    const std::wstring command = L"\"" + installed_program().wstring() + L"\" guard run";
    const Service service{CreateServiceW(manager, guard_name, L"gpupass shutdown guard", SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                         SERVICE_ERROR_NORMAL, command.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr)};
    if (!service.get())
        return false;
    SERVICE_PRESHUTDOWN_INFO info{wait_before_shutdown};
    ChangeServiceConfig2W(service.get(), SERVICE_CONFIG_PRESHUTDOWN_INFO, &info);
    return true;
}

int install(std::span<const std::string> words, std::ostream& out, std::ostream& err)
{
    const auto device = choose(words, read_displays().value_or(std::vector<DisplayDevice>{}));
    if (!device)
        return failed(err, "which device? name the GPU with --device ADDRESS|ID; `gpupass-guest` lists the display devices");
    const Service manager{OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ALL_ACCESS)};
    if (!manager.get())
        return failed(err, "Windows' services cannot be changed; run it as administrator");
    std::error_code error;
    fs::create_directories(guard_folder(), error);
    fs::copy_file(own_path(), installed_program(), fs::copy_options::overwrite_existing, error);
    if (error)
        return failed(err, "the program could not be copied to " + installed_program().string() + ": " + error.message());
    if (!make_service(manager.get()))
        return failed(err, fmt::format("the service could not be made (error {}); `guard remove` removes an old one", GetLastError()));
    if (!write_registry_text(guard_key, L"Device", to_wide(device->instance)))
        return failed(err, "its device could not be stored; `guard remove` removes what was installed");
    guard_log("installed for " + device->instance);
    const Service service{OpenServiceW(manager.get(), guard_name, SERVICE_START)};
    StartServiceW(service.get(), 0, nullptr);
    out << "installed: before each shutdown " << device->name << " is disabled\n" << warning;
    return 0;
}

void stop_service(SC_HANDLE service)
{
    SERVICE_STATUS status{};
    ControlService(service, SERVICE_CONTROL_STOP, &status);
    for (int i = 0; i < 100 && QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED; ++i)
        Sleep(100);
}

/// Itself may be the installed program; then Windows removes it at the next start.
void remove_files(std::ostream& out)
{
    std::error_code error;
    for (int i = 0; i < 50 && fs::exists(installed_program(), error) && !fs::remove(installed_program(), error); ++i)
        Sleep(100);
    if (fs::exists(installed_program(), error) && MoveFileExW(installed_program().c_str(), nullptr, MOVEFILE_DELAY_UNTIL_REBOOT))
        out << installed_program().string() << " is in use; Windows removes it at the next start\n";
    fs::remove(guard_folder() / "guard.log", error);
    fs::remove(guard_folder(), error);
}

int remove(std::ostream& out, std::ostream& err)
{
    const Service manager{OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ALL_ACCESS)};
    const Service service{manager.get() ? OpenServiceW(manager.get(), guard_name, SERVICE_ALL_ACCESS) : nullptr};
    if (!manager.get())
        return failed(err, "Windows' services cannot be changed; run it as administrator");
    const std::string device = guarded_device();
    if (service.get()) {
        stop_service(service.get());
        RegDeleteTreeW(HKEY_LOCAL_MACHINE, guard_key);
        if (!DeleteService(service.get()))
            return failed(err, fmt::format("the service could not be deleted (error {})", GetLastError()));
    }
    if (!device.empty())
        if (const std::string why = set_device(device, true); !why.empty())
            out << "the device was not enabled: " << why << '\n';
    remove_files(out);
    out << (service.get() ? "removed\n" : "it was not installed\n");
    return 0;
}

bool is_installed()
{
    const Service manager{OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT)};
    const Service service{manager.get() ? OpenServiceW(manager.get(), guard_name, SERVICE_QUERY_STATUS) : nullptr};
    return service.get() != nullptr;
}

int status(bool json, std::ostream& out)
{
    const bool installed = is_installed();
    const std::string log = installed ? guard_log_end() : "";
    if (json) {
        const nlohmann::ordered_json document{{"schema", "gpupass/1"}, {"installed", installed}, {"device", guarded_device()}, {"proven", false}, {"log", log}};
        out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    } else {
        out << (installed ? "installed for " + guarded_device() + "\n" : std::string{"not installed\n"}) << warning << log;
    }
    return installed ? 0 : 1;
}

}  // namespace

int run_guard(std::span<const std::string> words, std::ostream& out, std::ostream& err)
{
    const std::string word = words.empty() ? "" : words.front();
    if (word == "install")
        return install(words.subspan(1), out, err);
    if (word == "remove")
        return remove(out, err);
    if (word == "status")
        return status(words.size() > 1 && words[1] == "--json", out);
    if (word == "run")
        return serve_guard();
    err << "usage: gpupass-guest guard install [--device ADDRESS|ID] | remove | status [--json]\n";
    return 2;
}

}  // namespace gpupass::guest
