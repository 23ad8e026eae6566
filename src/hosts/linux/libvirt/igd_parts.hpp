#pragma once

#include "hosts/linux/libvirt/igd.hpp"

#include <string_view>

// The parts of igd_plan(); for this folder only.

namespace gpupass::linux_host {

/// Where the facts come from.
namespace igd_source {
inline constexpr const char* guide = "https://github.com/qemu/qemu/blob/master/docs/igd-assign.txt";
inline constexpr const char* code = "https://github.com/qemu/qemu/blob/master/hw/vfio/igd.c";
inline constexpr const char* opregion_default =
    "https://lore.kernel.org/qemu-devel/20250505170305.23622-7-tomitamoeko@gmail.com";
inline constexpr const char* roms = "https://github.com/LongQT-sea/intel-igpu-passthru";
inline constexpr const char* override_element =
    "https://libvirt.org/drvqemu.html#overriding-properties-of-qemu-devices";
}  // namespace igd_source

/// What QEMU makes of a generation.
enum class IgdEra {
    unknown,    // not in our table
    unusable,   // no driver runs it any more: Cannon Lake
    gen6_to_7,  // Sandy Bridge to Haswell, Bay Trail
    gen8_to_9,  // Broadwell to Comet Lake
    gen11_12,   // Ice Lake to Raptor Lake
    newer,      // from Meteor Lake on
};
IgdEra igd_era(const PciId& id);
/// "Tiger Lake", or the id.
std::string igd_name(const PciId& id);
bool is_discrete(const PciId& id);

inline constexpr Version knows_tiger_lake{9, 1, 0};   // and Elkhart Lake
inline constexpr Version knows_gen11_12{10, 0, 0};    // all of them
inline constexpr Version knows_meteor_lake{10, 1, 0};
inline constexpr Version opregion_is_default{10, 1, 0};
inline constexpr Version automatic_ends_at_gen9{10, 1, 0};  // legacy mode by itself; before, it went further
inline constexpr PciAddress igd_address{0, 0, 2, 0};  // on the host, and in a guest in legacy mode

inline bool is_before(const std::optional<Version>& known, const Version& version) { return known && *known < version; }
inline bool is_from(const std::optional<Version>& known, const Version& version) { return known && *known >= version; }

/// What stands against legacy mode; empty when it can be had.
std::vector<Blocker> legacy_obstacles(const IgdInput& input, const DomainXml& domain);
IgdPlan legacy_plan(const IgdInput& input, const DomainXml& domain);

/// `x-igd-opregion=on` where QEMU does not do it by itself.
void want_opregion(IgdPlan& plan, const IgdInput& input);

/// Fills qemu_element from the properties, in the form this libvirt knows.
void tell_qemu(IgdPlan& plan, const IgdInput& input, const DomainXml& domain);

}  // namespace gpupass::linux_host
