#include "hosts/linux/libvirt/igd_parts.hpp"
#include "hosts/linux/libvirt/xml.hpp"
#include "hosts/xml.hpp"

#include <fmt/format.h>

#include <algorithm>

// Properties that libvirt has no words for go past it, in the namespace of its QEMU driver. From 8.2 on <qemu:override>
// changes the device that libvirt describes; before, `-set` did. A domain holds one of each.

namespace gpupass::linux_host {

namespace {

constexpr Version has_override{8, 2, 0};
constexpr Version describes_in_json{7, 9, 0};  // unconfirmed
constexpr const char* qemu_namespace = "http://libvirt.org/schemas/domain/qemu/1.0";

/// The name in `x-igd-lpc=on`.
std::string_view name_of(const IgdElement& property)
{
    return std::string_view{property.text}.substr(0, property.text.find('='));
}

std::string override_element(const IgdPlan& plan, const std::string& alias)
{
    std::string properties;
    for (const IgdElement& property : plan.properties)
        properties += fmt::format("<qemu:property name='{}' type='bool' value='true'/>", name_of(property));
    return fmt::format("<qemu:override xmlns:qemu='{}'><qemu:device "
                       "alias='{}'><qemu:frontend>{}</qemu:frontend></qemu:device></qemu:override>",
                       qemu_namespace, escaped(alias), properties);
}

std::string commandline_element(const IgdPlan& plan, const std::string& alias)
{
    std::string arguments;
    for (const IgdElement& property : plan.properties)
        arguments +=
            fmt::format("<qemu:arg value='-set'/><qemu:arg value='device.{}.{}'/>", escaped(alias), property.text);
    return fmt::format("<qemu:commandline xmlns:qemu='{}'>{}</qemu:commandline>", qemu_namespace, arguments);
}

/// How parse_domain() tells of the property once it is in the domain.
std::string word_of(const IgdElement& property, const std::string& alias, bool overrides)
{
    return overrides ? fmt::format("{}.{}=true", alias, name_of(property))
                     : fmt::format("device.{}.{}", alias, property.text);
}

/// An earlier run of ours put them there.
bool are_there(const IgdPlan& plan, const IgdInput& input, const DomainXml& domain, bool overrides)
{
    return std::ranges::all_of(plan.properties, [&](const IgdElement& property) {
        return std::ranges::find(domain.qemu.vfio, word_of(property, input.alias, overrides)) != domain.qemu.vfio.end();
    });
}

void warn(IgdPlan& plan, const IgdInput& input, bool overrides)
{
    plan.warnings.push_back(
        {"igd-taints", "libvirt marks the domain as tainted, because properties go to QEMU past it; that is expected",
         igd_source::override_element});
    if (!input.libvirt)
        plan.warnings.push_back({"igd-libvirt-unknown",
                                 "libvirt's version is not known; <qemu:override> needs 8.2 or newer",
                                 igd_source::override_element});
    if (!overrides && *input.libvirt >= describes_in_json)
        plan.warnings.push_back({"igd-set-may-fail",
                                 "libvirt from 7.9 on may describe devices to QEMU in a form that -set does not reach "
                                 "(not confirmed): upgrade to 8.2 or newer",
                                 igd_source::override_element});
}

}  // namespace

void tell_qemu(IgdPlan& plan, const IgdInput& input, const DomainXml& domain)
{
    if (plan.properties.empty())
        return;
    const bool overrides = !is_before(input.libvirt, has_override);
    const bool has_element = overrides ? domain.qemu.overrides : domain.qemu.commandline;
    if (has_element && !are_there(plan, input, domain, overrides)) {
        plan.blockers.push_back({"igd-qemu-words-there",
                                 fmt::format("the domain has a <qemu:{}> already, which gpupass does not change",
                                             overrides ? "override" : "commandline"),
                                 "take it out, or hand the GPU over without asking for a picture"});
        return;
    }
    plan.qemu_element = overrides ? override_element(plan, input.alias) : commandline_element(plan, input.alias);
    warn(plan, input, overrides);
}

}  // namespace gpupass::linux_host
