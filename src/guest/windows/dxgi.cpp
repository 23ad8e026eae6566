#include "guest/library.hpp"
#include "guest/windows/system.hpp"
#include "guest/windows/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <initguid.h>
// defines the interface ids in this file
#include <dxgi.h>

namespace gpupass::guest {

namespace {

constexpr UINT most_adapters = 32;
constexpr unsigned microsoft = 0x1414;
constexpr unsigned basic_render_driver = 0x8c;

struct Adapters {
    std::vector<std::string> hardware;
    std::vector<std::string> software;
    bool found{};
};

/// The Basic Render Driver is software even where it carries no flag.
bool is_software(const DXGI_ADAPTER_DESC1& adapter)
{
    return (adapter.Flags & DXGI_ADAPTER_FLAG_SOFTWARE) != 0 || (adapter.VendorId == microsoft && adapter.DeviceId == basic_render_driver);
}

void add(const DXGI_ADAPTER_DESC1& adapter, unsigned vendor, unsigned device, Adapters& adapters)
{
    const std::string text = fmt::format("{} {:04x}:{:04x}", to_utf8(std::wstring{adapter.Description}), adapter.VendorId, adapter.DeviceId);
    (is_software(adapter) ? adapters.software : adapters.hardware).push_back(text);
    adapters.found = adapters.found || (!is_software(adapter) && adapter.VendorId == vendor && adapter.DeviceId == device);
}

std::optional<Adapters> read_adapters(unsigned vendor, unsigned device)
{
    static Library library{"dxgi.dll"};
    HRESULT(WINAPI * make)(REFIID, void**){};
    library.find("CreateDXGIFactory1", make);
    IDXGIFactory1* factory{};
    if (!make || FAILED(make(IID_IDXGIFactory1, reinterpret_cast<void**>(&factory))))
        return std::nullopt;
    Adapters adapters;
    IDXGIAdapter1* adapter{};
    for (UINT i = 0; i < most_adapters && factory->EnumAdapters1(i, &adapter) == S_OK; ++i) {
        DXGI_ADAPTER_DESC1 about{};
        if (SUCCEEDED(adapter->GetDesc1(&about)))
            add(about, vendor, device, adapters);
        adapter->Release();
    }
    factory->Release();
    return adapters;
}

}  // namespace

std::vector<Check> check_dxgi(unsigned vendor, unsigned device)
{
    const auto adapters = read_adapters(vendor, device);
    if (!adapters)
        return {{.id = "windows-dxgi", .result = "skip", .detail = "DXGI does not answer"}};
    std::vector<Check> checks;
    if (adapters->found)
        checks.push_back({.id = "windows-dxgi", .result = "pass", .detail = fmt::format("DXGI has it: {}", fmt::join(adapters->hardware, ", "))});
    else
        checks.push_back({.id = "windows-dxgi", .result = "fail", .detail = fmt::format("DXGI has no hardware adapter {:04x}:{:04x}; hardware: {}; software: {}", vendor, device,
                                                                                     fmt::join(adapters->hardware, ", "), fmt::join(adapters->software, ", ")),
                          .fix = "look at the device's problem code, and install the GPU maker's driver"});
    if (!adapters->software.empty())
        checks.push_back({.id = "software-dxgi", .result = "pass", .detail = fmt::format("software, not taken for the GPU: {}", fmt::join(adapters->software, ", "))});
    return checks;
}

}  // namespace gpupass::guest
