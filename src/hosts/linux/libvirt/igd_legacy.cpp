#include "hosts/linux/libvirt/igd_parts.hpp"
#include "hosts/linux/libvirt/xml.hpp"
#include "hosts/xml.hpp"
#include "model/text.hpp"

#include <fmt/format.h>

#include <algorithm>

// Legacy mode: the guest's firmware draws on the GPU as it would on a real machine. Everything must be where that firmware
// looks for it.

namespace gpupass::linux_host {

namespace {

using Blockers = std::vector<Blocker>;

bool is_old(IgdEra era) { return era == IgdEra::gen6_to_7 || era == IgdEra::gen8_to_9; }

/// Of another device: the GPU itself may be there already.
bool has_slot_taken(const IgdInput& input, const DomainXml& domain)
{
    return std::ranges::any_of(domain.hostdevs, [&](const Hostdev& device) {
        return device.source != input.address && device.guest_address && device.guest_address->bus == 0 &&
            device.guest_address->slot == igd_address.slot;
    });
}

void check_machine(Blockers& out, const IgdInput& input, const DomainXml& domain)
{
    if (!is_i440fx(domain))
        out.push_back({"igd-needs-i440fx",
                       fmt::format("legacy mode needs an i440fx machine, and this is {}",
                                   domain.machine.empty() ? "of unknown type" : printable(domain.machine, 60)),
                       "use a VM whose machine type is pc (i440fx)"});
    if (has_emulated_vga(domain))
        out.push_back({"igd-other-vga",
                       "legacy mode needs the GPU to be the only graphics card, and the domain has an emulated one",
                       "set its video model to none: <video><model type='none'/></video>"});
    if (has_slot_taken(input, domain))
        out.push_back({"igd-slot-taken", "another device of the domain is at 00:02.0, where legacy mode needs the GPU",
                       "give that device another <address>"});
}

void check_generation(Blockers& out, const IgdInput& input, IgdEra era)
{
    if (era == IgdEra::unknown)
        out.push_back({"igd-unknown-generation",
                       igd_name(input.id) + " is not in our table, so that legacy mode suits it is not known",
                       "ask for no picture"});
    if (era == IgdEra::gen11_12 && is_before(input.qemu, knows_tiger_lake))
        out.push_back({"igd-qemu-too-old",
                       fmt::format("QEMU {} takes {} for an older generation and its stolen memory for the host's; 9.1 "
                                   "or newer is needed",
                                   to_string(*input.qemu), igd_name(input.id)),
                       "upgrade QEMU"});
}

/// SeaBIOS prepares the GPU itself, but only up to generation 9; OVMF needs a ROM that does.
void check_firmware(Blockers& out, const IgdInput& input, const DomainXml& domain, IgdEra era)
{
    if (!is_old(era) && domain.firmware != Firmware::uefi)
        out.push_back({"igd-needs-uefi", "SeaBIOS prepares GPUs up to Comet Lake only",
                       "use a VM with OVMF, and a ROM with IgdAssignmentDxe"});
    else if (domain.firmware == Firmware::uefi && input.rom_file.empty())
        out.push_back({"igd-needs-rom",
                       "OVMF shows a picture only with an option ROM that has IgdAssignmentDxe, and none is named",
                       "build one (https://github.com/tomitamoeko/VfioIgdPkg) and name it"});
}

void want_place(IgdPlan& plan)
{
    plan.guest_address = igd_address;
    plan.elements.push_back({"<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>",
                             "firmware and driver look for the GPU at 00:02.0, and QEMU's legacy mode wants it there",
                             igd_source::guide});
}

void want_rom(IgdPlan& plan, const IgdInput& input, const DomainXml& domain)
{
    if (input.rom_file.empty())
        return;
    plan.rom_file = input.rom_file;
    plan.elements.push_back({fmt::format("<rom file='{}'/>", escaped(input.rom_file)),
                             domain.firmware == Firmware::uefi
                                 ? "OVMF needs IgdAssignmentDxe from it: stolen memory and OpRegion are set up there"
                                 : "SeaBIOS runs the video BIOS in it",
                             igd_source::roms});
}

/// From QEMU 10.1 on these generations get no legacy mode by themselves, so its parts are asked for.
void want_parts(IgdPlan& plan, const IgdInput& input)
{
    if (is_before(input.qemu, automatic_ends_at_gen9)) {
        plan.warnings.push_back({"igd-automatic-legacy",
                                 "with QEMU 9.1 to 10.0 legacy mode is believed to engage by itself for this "
                                 "generation; this is not confirmed",
                                 igd_source::code});
        return;
    }
    want_opregion(plan, input);
    plan.properties.push_back({"x-igd-lpc=on",
                               "the firmware's graphics driver looks at the ids of host bridge and ISA bridge",
                               igd_source::guide});
    if (!input.qemu)
        plan.warnings.push_back(
            {"igd-lpc-unconfirmed",
             "x-igd-lpc is believed to exist from QEMU 10.0 on; an older one refuses to start with it",
             igd_source::code});
}

void warn_of_rom(IgdPlan& plan, const IgdInput& input, const DomainXml& domain)
{
    if (domain.firmware == Firmware::bios && input.rom_file.empty())
        plan.warnings.push_back({"igd-may-have-no-rom",
                                 "legacy mode needs a video BIOS, which the GPU of a host that boots by UEFI has none "
                                 "of: QEMU then says that it has no ROM",
                                 igd_source::roms});
}

void warn_of_generation(IgdPlan& plan, const IgdInput& input, IgdEra era)
{
    const std::string name = igd_name(input.id);
    if (!input.qemu && !is_old(era))
        plan.warnings.push_back({"igd-qemu-unknown",
                                 fmt::format("QEMU's version is not known; {} needs {} or newer", name,
                                             era == IgdEra::newer ? "10.1" : "9.1"),
                                 igd_source::code});
    if (era == IgdEra::gen11_12 && is_before(input.qemu, knows_gen11_12) && !name.starts_with("Tiger Lake") &&
        !name.starts_with("Elkhart Lake"))
        plan.warnings.push_back(
            {"igd-young-for-qemu",
             fmt::format("of this generation QEMU 9.1 knows Tiger Lake and Elkhart Lake; {} may need 10.0", name),
             igd_source::code});
    if (era == IgdEra::newer)
        plan.warnings.push_back(
            {"igd-young", name + " is young: few have reported a picture from power-on", igd_source::roms});
}

}  // namespace

std::vector<Blocker> legacy_obstacles(const IgdInput& input, const DomainXml& domain)
{
    const IgdEra era = igd_era(input.id);
    Blockers out;
    check_machine(out, input, domain);
    check_generation(out, input, era);
    check_firmware(out, input, domain, era);
    return out;
}

IgdPlan legacy_plan(const IgdInput& input, const DomainXml& domain)
{
    const IgdEra era = igd_era(input.id);
    IgdPlan plan{.mode = IgdMode::legacy};
    want_place(plan);
    want_rom(plan, input, domain);
    if (!is_old(era))
        want_parts(plan, input);
    warn_of_rom(plan, input, domain);
    warn_of_generation(plan, input, era);
    return plan;
}

}  // namespace gpupass::linux_host
