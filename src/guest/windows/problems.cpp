#include "guest/windows/displays.hpp"

#include <charconv>

namespace gpupass::guest {

namespace {

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

}  // namespace gpupass::guest
