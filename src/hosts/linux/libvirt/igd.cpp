#include "hosts/linux/libvirt/igd_parts.hpp"

#include <fmt/format.h>

namespace gpupass::linux_host {

namespace {

constexpr const char* upgrade = "upgrade QEMU, or hand the GPU over without asking for a picture";

void warn_of_windows(IgdPlan& plan, const IgdInput& input, const DomainXml& domain)
{
    if (domain.guest_os == GuestOs::windows && !is_from(input.qemu, opregion_is_default))
        plan.warnings.push_back({"igd-windows-wants-opregion",
                                 "Intel's Windows driver wants the OpRegion, which QEMU before 10.1 gives only when "
                                 "asked: expect Code 43 without it",
                                 igd_source::guide});
}

void warn_of_generation(IgdPlan& plan, const IgdInput& input)
{
    const IgdEra era = igd_era(input.id);
    if (era == IgdEra::unusable)
        plan.warnings.push_back({"igd-no-driver",
                                 igd_name(input.id) + " has no driver any more: do not expect a guest to use it",
                                 igd_source::code});
    if (era == IgdEra::newer && !is_from(input.qemu, knows_meteor_lake))
        plan.warnings.push_back(
            {"igd-young-for-qemu",
             igd_name(input.id) + " is known to QEMU from 10.1 on; with earlier ones it may not work",
             igd_source::code});
}

IgdPlan plain_plan(const IgdInput& input, const DomainXml& domain)
{
    IgdPlan plan{.mode = IgdMode::plain};
    warn_of_generation(plan, input);
    warn_of_windows(plan, input, domain);
    return plan;
}

/// What no way to a picture gets around.
std::vector<Blocker> display_blockers(const IgdInput& input)
{
    const IgdEra era = igd_era(input.id);
    if (era == IgdEra::unusable)
        return {{"igd-no-driver", igd_name(input.id) + " has no driver any more, so no guest will show a picture",
                 "use another GPU"}};
    if (era == IgdEra::newer && is_before(input.qemu, knows_meteor_lake))
        return {{"igd-qemu-too-old",
                 fmt::format("{} needs QEMU 10.1 or newer; this is {}", igd_name(input.id), to_string(*input.qemu)),
                 upgrade}};
    return {};
}

/// Before Broadwell the driver needs what legacy mode gives.
bool can_do_upt(const IgdInput& input) { return igd_era(input.id) != IgdEra::gen6_to_7; }

void warn_of_late_picture(IgdPlan& plan, const DomainXml& domain, const std::vector<Blocker>& obstacles)
{
    std::string reasons;
    for (const Blocker& obstacle : obstacles)
        reasons += (reasons.empty() ? "" : "; ") + obstacle.why;
    plan.warnings.push_back({"igd-late-picture",
                             "the screen stays dark until the guest's driver has loaded: " + reasons,
                             igd_source::guide});
    if (!has_emulated_vga(domain))
        plan.warnings.push_back({"igd-no-screen-before-driver",
                                 "the domain has no emulated graphics card, so nothing shows it before that; keep one, "
                                 "or reach it over the network",
                                 igd_source::guide});
}

IgdPlan upt_plan(const IgdInput& input, const DomainXml& domain, const std::vector<Blocker>& obstacles)
{
    IgdPlan plan{.mode = IgdMode::upt};
    want_opregion(plan, input);
    warn_of_generation(plan, input);
    warn_of_late_picture(plan, domain, obstacles);
    if (igd_era(input.id) == IgdEra::unknown)
        plan.warnings.push_back(
            {"igd-unknown", igd_name(input.id) + " is not in our table: that it works like its neighbours is a guess",
             igd_source::code});
    if (igd_era(input.id) == IgdEra::gen11_12 && is_before(input.qemu, knows_tiger_lake))
        plan.warnings.push_back(
            {"igd-young-for-qemu", igd_name(input.id) + " is reported to work from QEMU 9.1 on", igd_source::code});
    return plan;
}

IgdPlan blocked(std::vector<Blocker> blockers) { return {.mode = IgdMode::none, .blockers = std::move(blockers)}; }

IgdPlan display_plan(const IgdInput& input, const DomainXml& domain)
{
    if (auto blockers = display_blockers(input); !blockers.empty())
        return blocked(std::move(blockers));
    auto obstacles = legacy_obstacles(input, domain);
    if (!obstacles.empty() && !can_do_upt(input))
        return blocked(std::move(obstacles));
    IgdPlan plan = obstacles.empty() ? legacy_plan(input, domain) : upt_plan(input, domain, obstacles);
    tell_qemu(plan, input, domain);
    return plan.blockers.empty() ? plan : blocked(std::move(plan.blockers));
}

}  // namespace

std::string to_string(IgdMode mode)
{
    switch (mode) {
    case IgdMode::none: return "none";
    case IgdMode::plain: return "plain";
    case IgdMode::upt: return "upt";
    case IgdMode::legacy: return "legacy";
    }
    return "none";
}

void want_opregion(IgdPlan& plan, const IgdInput& input)
{
    if (!is_from(input.qemu, opregion_is_default))
        plan.properties.push_back({"x-igd-opregion=on",
                                   "the driver finds the video ports in the OpRegion, which QEMU before 10.1 gives to "
                                   "the guest only when asked",
                                   igd_source::opregion_default});
}

IgdPlan igd_plan(const IgdInput& input, const DomainXml& domain)
{
    if (!is_igpu(input.address, input.id))
        return {.mode = IgdMode::plain};
    return input.want_display ? display_plan(input, domain) : plain_plan(input, domain);
}

}  // namespace gpupass::linux_host
