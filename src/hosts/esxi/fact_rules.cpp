#include "hosts/esxi/fact_rules.hpp"

#include "hosts/esxi/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpupass::esxi {

namespace {

constexpr std::int64_t kept_for_esxi_mb = 4096;

std::string swap_groups(const std::string& hex)
{
    std::string out;
    for (const int byte : {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15})
        out += hex.substr(static_cast<std::size_t>(byte) * 2, 2);
    return out;
}

}  // namespace

void find_iommu(HostFacts& facts)
{
    const auto is_capable = [](const PciDevice& device) { return device.passthrough_capable == true; };
    if (std::ranges::any_of(facts.pci, is_capable))
        facts.iommu = true;
    else
        facts.unknown.push_back("IOMMU: no PCI function is passthrough capable; VT-d may be off in the firmware setup");
}

void find_console(HostFacts& facts)
{
    const auto vga = facts.settings.find(kernel_key("vga"));
    const auto all = gpus(facts);
    const auto first = std::ranges::find(all, 0x0300, &PciDevice::class_code);
    if (vga != facts.settings.end() && vga->second.effective == "TRUE" && first != all.end() &&
        (*first)->current_owner != "passthrough")
        facts.console_gpu = (*first)->address;
}

void estimate_reservable_memory(HostFacts& facts)
{
    if (!facts.memory_mb)
        return;
    std::int64_t reserved = 0;
    for (const Vm& vm : facts.vms)
        if (vm.power == Power::on)
            reserved += std::min(vm.memory_reserved_mb.value_or(0), *facts.memory_mb);
    facts.memory_reservable_mb = std::max<std::int64_t>(0, *facts.memory_mb - reserved - kept_for_esxi_mb);
}

void blank_shared_names(HostFacts& facts)
{
    for (const Vm& vm : facts.vms) {
        if (std::ranges::count(facts.vms, vm.name, &Vm::name) < 2)
            continue;
        const std::string prefix = vm_key(vm.name, "");
        for (auto it = facts.settings.lower_bound(prefix); it != facts.settings.end() && it->first.starts_with(prefix); ++it)
            it->second = Setting{};
        const std::string text = "settings of VM " + vm.name + ": several VMs have this name";
        if (std::ranges::find(facts.unknown, text) == facts.unknown.end())
            facts.unknown.push_back(text);
    }
}

std::string vmx_address(const PciAddress& address)
{
    return fmt::format("{:05d}:{:03d}:{:02d}.{:d}", address.segment, address.bus, address.slot, address.function);
}

std::optional<PciAddress> parse_vmx_address(std::string_view text)
{
    constexpr std::array<std::int64_t, 4> most{0xffff, 0xff, 0x1f, 7};
    constexpr std::array ends{':', ':', '.', '\0'};
    std::array<std::int64_t, 4> part{};
    for (std::size_t i = 0; i < part.size(); ++i) {
        const auto end = ends[i] ? text.find(ends[i]) : text.size();
        const auto value = end == std::string_view::npos || text.starts_with('-') ? std::nullopt : parse_int(text.substr(0, end));
        if (!value || *value > most[i])
            return std::nullopt;
        part[i] = *value;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return PciAddress{static_cast<std::uint16_t>(part[0]), static_cast<std::uint8_t>(part[1]),
                      static_cast<std::uint8_t>(part[2]), static_cast<std::uint8_t>(part[3])};
}

bool is_this_computer(std::string_view local_dmi, std::string_view vm_uuid)
{
    constexpr std::size_t digits_of_uuid = 32;
    constexpr std::string_view serial = "VMware-";
    const std::string of_vm = hex_digits(vm_uuid);
    if (of_vm.size() != digits_of_uuid)
        return false;
    for (const TextLine& line : split_lines(local_dmi)) {
        std::string_view text = trim(line.text);
        if (text.starts_with(serial))
            text.remove_prefix(serial.size());
        const std::string local = hex_digits(text);
        if (local == of_vm || (local.size() == digits_of_uuid && swap_groups(local) == of_vm))
            return true;
    }
    return false;
}

}  // namespace gpupass::esxi
