#include "hosts/linux/igpu_notes.hpp"

#include "hosts/linux/libvirt/igd.hpp"

#include <fmt/format.h>

namespace gpupass::linux_host {

namespace {

std::string words_of(const IgdPlan& plan)
{
    std::string text;
    for (const auto* list : {&plan.elements, &plan.properties})
        for (const IgdElement& element : *list)
            text += fmt::format("{}{} ({})", text.empty() ? "" : "; ", element.text, element.why);
    return text;
}

Warning picture_note(const IgdPlan& plan)
{
    if (!plan.blockers.empty())
        return {"igd-picture", "to compute, the GPU needs nothing more; a picture on the host's ports is not to be had: " + plan.blockers.front().why, ""};
    const std::string when = plan.mode == IgdMode::legacy ? "from power-on" : "once the guest's driver has loaded";
    const std::string words = words_of(plan);
    const std::string source = !plan.elements.empty() ? plan.elements.front().source : !plan.properties.empty() ? plan.properties.front().source : "";
    return {"igd-picture", fmt::format("to compute, the GPU needs nothing more; a picture on the host's ports, {}, would need {}", when, words.empty() ? "nothing more either" : words), source};
}

}  // namespace

std::vector<Warning> igpu_notes(const PciDevice& gpu, const DomainXml& domain)
{
    if (!is_igpu(gpu.address, gpu.id))
        return {};
    IgdInput input{.address = gpu.address, .id = gpu.id, .alias = "ua-gpupass-0"};
    std::vector<Warning> notes = igd_plan(input, domain).warnings;
    input.want_display = true;
    notes.push_back(picture_note(igd_plan(input, domain)));
    return notes;
}

}  // namespace gpupass::linux_host
